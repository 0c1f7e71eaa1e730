const minutes = (seconds) => Math.max(1, Math.ceil(seconds / 60));

const en = {
  askTitle: 'Forgot your password?',
  askIntro: 'Enter your email address and we will send you a link to choose a new password.',
  email: 'Email address',
  askSubmit: 'Send me a link',
  asked: ({ expiresInSeconds, reference }) =>
    `If there is an account with this address, a mail is on its way. Its link works for ${minutes(expiresInSeconds)} minutes. No new mail? Look in the spam folder, and for an earlier mail from us: the newest one works, even if somebody else asked for it. If you ask for help, mention ${reference}.`,
  resetTitle: 'Choose a new password',
  username: 'Email address (for your password manager, never sent)',
  password: 'New password',
  repeat: 'New password, once more',
  show: 'Show the passwords',
  resetSubmit: 'Save the new password',
  policy: ({ minLength, maxBytes }) =>
    `At least ${minLength} characters; 15 or more are better. Spaces and any script are welcome, up to ${maxBytes} bytes. No common passwords, nothing with your name or address in it.`,
  checking: 'Checking your link…',
  working: 'One moment…',
  done: ({ reference }) =>
    `Your password has been changed and you have been logged out on all devices. You can log in with the new one now. Reference: ${reference}.`,
  askAgain: 'Ask for a new link',
  noToken: 'Open this page with the link from your mail. After reloading it, open the link once more.',
  mismatch: 'The two passwords differ. Type them again.',
  empty: 'Type a new password.',
  INVALID_EMAIL: 'This does not look like an email address. Please check it.',
  INVALID_TOKEN: 'This link does not work any more: it was used, has expired or is incomplete.',
  PASSWORD_REJECTED: 'This password cannot be used:',
  RATE_LIMITED: ({ retryAfterSeconds }) =>
    `Too many attempts from your network. Please try again in ${minutes(retryAfterSeconds)} minutes.`,
  SERVICE_UNAVAILABLE: 'This does not work right now, and it is our fault. Please try again in a minute.',
  UNREACHABLE: 'No connection to the server. Please check yours and try again.',
  TOO_SHORT: ({ minLength }) => `It is too short; at least ${minLength} characters.`,
  TOO_LONG: ({ maxBytes }) =>
    `It is too long; at most ${maxBytes} bytes (accents and emoji take more than one).`,
  INVALID_CHARACTERS: 'It contains characters that cannot be typed everywhere.',
  COMMON: 'It is one of the most common passwords and would be guessed.',
  CONTAINS_ACCOUNT_WORDS: 'It contains your name or address.',
  SAME_AS_CURRENT: 'It is your current password. Choose another one.',
};

const de = {
  askTitle: 'Passwort vergessen?',
  askIntro:
    'Geben Sie Ihre E-Mail-Adresse ein. Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen.',
  email: 'E-Mail-Adresse',
  askSubmit: 'Link anfordern',
  asked: ({ expiresInSeconds, reference }) =>
    `Wenn es zu dieser Adresse ein Konto gibt, ist eine E-Mail unterwegs. Ihr Link gilt ${minutes(expiresInSeconds)} Minuten. Keine neue da? Sehen Sie im Spam-Ordner nach, und nach einer früheren E-Mail von uns: Die neueste gilt, auch wenn jemand anderes sie angefordert hat. Wenn Sie nachfragen, nennen Sie ${reference}.`,
  resetTitle: 'Neues Passwort wählen',
  username: 'E-Mail-Adresse (für Ihren Passwort-Manager, wird nicht gesendet)',
  password: 'Neues Passwort',
  repeat: 'Neues Passwort, noch einmal',
  show: 'Passwörter anzeigen',
  resetSubmit: 'Neues Passwort speichern',
  policy: ({ minLength, maxBytes }) =>
    `Mindestens ${minLength} Zeichen, besser 15 oder mehr. Leerzeichen und alle Schriften sind willkommen, bis ${maxBytes} Byte. Keine häufigen Passwörter, nichts mit Ihrem Namen oder Ihrer Adresse.`,
  checking: 'Ihr Link wird geprüft…',
  working: 'Einen Moment…',
  done: ({ reference }) =>
    `Ihr Passwort ist geändert, und Sie sind auf allen Geräten abgemeldet. Sie können sich jetzt mit dem neuen anmelden. Vorgang: ${reference}.`,
  askAgain: 'Neuen Link anfordern',
  noToken:
    'Öffnen Sie diese Seite mit dem Link aus Ihrer E-Mail. Nach dem Neuladen müssen Sie ihn noch einmal öffnen.',
  mismatch: 'Die beiden Passwörter sind verschieden. Geben Sie sie noch einmal ein.',
  empty: 'Geben Sie ein neues Passwort ein.',
  INVALID_EMAIL: 'Das sieht nicht nach einer E-Mail-Adresse aus. Bitte prüfen Sie sie.',
  INVALID_TOKEN: 'Dieser Link gilt nicht mehr: Er wurde benutzt, ist abgelaufen oder unvollständig.',
  PASSWORD_REJECTED: 'Dieses Passwort geht nicht:',
  RATE_LIMITED: ({ retryAfterSeconds }) =>
    `Zu viele Versuche aus Ihrem Netz. Bitte versuchen Sie es in ${minutes(retryAfterSeconds)} Minuten wieder.`,
  SERVICE_UNAVAILABLE:
    'Das geht gerade nicht, und es liegt an uns. Bitte versuchen Sie es in einer Minute wieder.',
  UNREACHABLE:
    'Der Server ist nicht erreichbar. Bitte prüfen Sie Ihre Verbindung und versuchen Sie es wieder.',
  TOO_SHORT: ({ minLength }) => `Es ist zu kurz; mindestens ${minLength} Zeichen.`,
  TOO_LONG: ({ maxBytes }) =>
    `Es ist zu lang; höchstens ${maxBytes} Byte (Umlaute und Emoji brauchen mehr als eines).`,
  INVALID_CHARACTERS: 'Es enthält Zeichen, die sich nicht überall eingeben lassen.',
  COMMON: 'Es ist eines der häufigsten Passwörter und würde erraten.',
  CONTAINS_ACCOUNT_WORDS: 'Es enthält Ihren Namen oder Ihre Adresse.',
  SAME_AS_CURRENT: 'Es ist Ihr jetziges Passwort. Wählen Sie ein anderes.',
};

/** @public A test imports it by its URL. */
export const languages = { en, de };

const preferred = navigator.languages?.length ? navigator.languages : [navigator.language];
export const language =
  preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in languages) ?? 'en';

/** One text in the language of the user. An unknown code gets the text for an error of the service. */
export const text = (key, values = {}) => {
  const entry = languages[language][key] ?? languages[language].SERVICE_UNAVAILABLE;
  return typeof entry === 'function' ? entry(values) : entry;
};

export const hasText = (key) => key in languages[language];

/** Translates the page into the language of the user. */
export const translate = (titleKey) => {
  document.documentElement.lang = language;
  document.title = text(titleKey);
  document.getElementById('title').textContent = text(titleKey);
  for (const element of document.querySelectorAll('[data-text]'))
    element.textContent = text(element.dataset.text);
};
