import type { Texts } from './texts.ts';

const MONTHS = [
  'Januar',
  'Februar',
  'März',
  'April',
  'Mai',
  'Juni',
  'Juli',
  'August',
  'September',
  'Oktober',
  'November',
  'Dezember',
];

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

export const german: Texts = {
  months: MONTHS,
  greeting: (name) => `Hallo ${name},`,
  greetingWithoutName: 'Guten Tag,',
  // Dative, because `expiry` puts "in" before it: "in 30 Minuten".
  within: (minutes) => (minutes < 1 ? 'weniger als einer Minute' : plural(minutes, 'Minute', 'Minuten')),
  instant: ({ day, month, year, time }) => `${day}. ${MONTHS[month - 1]} ${year}, ${time} UTC`,
  expiry: ({ within, until }) => `in ${within} (bis ${until})`,
  reset: {
    subject: (product) => `Ihr Passwort für ${product} zurücksetzen`,
    preheader: (expiry) => `Wählen Sie ein neues Passwort. Der Link läuft ${expiry} ab.`,
    heading: 'Neues Passwort wählen',
    asked: (product) =>
      `Jemand, hoffentlich Sie selbst, möchte das Passwort Ihres Kontos bei ${product} zurücksetzen.`,
    action: 'Neues Passwort wählen',
    hint: 'Wenn die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:',
    expires: (expiry) => `Der Link gilt für eine einzige Verwendung und läuft ${expiry} ab.`,
    newest:
      'Haben Sie mehrere solche E-Mails? Die neueste gilt, auch wenn jemand anderes sie angefordert hat.',
    notYou:
      'Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist. Geben Sie diese E-Mail an niemanden weiter, auch nicht an den Support.',
  },
  changed: {
    subject: (product) => `Ihr Passwort für ${product} wurde geändert`,
    preheader: (when) => `Es wurde am ${when}, geändert. Wenn Sie das nicht waren, handeln Sie jetzt.`,
    heading: 'Ihr Passwort wurde geändert',
    happened: ({ product, when }) => `Das Passwort Ihres Kontos bei ${product} wurde am ${when}, geändert.`,
    wasYou: 'Wenn Sie das waren, brauchen Sie nichts zu tun.',
    notYou:
      'Wenn Sie das nicht waren, hat vielleicht jemand anderes Zugriff auf Ihr Konto oder Ihr Postfach. Ändern Sie zuerst das Passwort Ihres Postfachs, fordern Sie dann mit dem Link unten ein neues für Ihr Konto an und wenden Sie sich an den Support.',
    askAgain: 'Neues Passwort anfordern',
  },
  footer: (product) =>
    `Diese E-Mail wurde automatisch von ${product} verschickt. Antworten darauf werden nicht gelesen.`,
};
