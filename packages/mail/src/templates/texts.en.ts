import type { Texts } from './texts.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

export const english: Texts = {
  months: MONTHS,
  greeting: (name) => `Hello ${name},`,
  greetingWithoutName: 'Hello,',
  within: (minutes) => (minutes < 1 ? 'less than a minute' : plural(minutes, 'minute', 'minutes')),
  instant: ({ day, month, year, time }) => `${day} ${MONTHS[month - 1]} ${year}, ${time} UTC`,
  expiry: ({ within, until }) => `in ${within} (until ${until})`,
  reset: {
    subject: (product) => `Reset your password for ${product}`,
    preheader: (expiry) => `Choose a new password. The link stops working ${expiry}.`,
    heading: 'Choose a new password',
    asked: (product) => `Somebody, hopefully you, asked to reset the password of your account at ${product}.`,
    action: 'Choose a new password',
    hint: 'If the button does not work, copy this address into your browser:',
    expires: (expiry) => `The link works once and stops working ${expiry}.`,
    newest:
      'Do you have several mails like this one? The newest one works, even if somebody else asked for it.',
    notYou:
      'If you did not ask for this, you need not do anything: your password stays as it is. Do not pass this mail on to anybody, not even to support.',
  },
  changed: {
    subject: (product) => `Your password for ${product} was changed`,
    preheader: (when) => `It was changed on ${when}. If that was not you, act now.`,
    heading: 'Your password was changed',
    happened: ({ product, when }) => `The password of your account at ${product} was changed on ${when}.`,
    wasYou: 'If that was you, you need not do anything.',
    notYou:
      'If that was not you, somebody else may have access to your account or to your mailbox. Change the password of your mailbox first, then ask for a new one for your account with the link below, and contact support.',
    askAgain: 'Ask for a new password',
  },
  footer: (product) => `This mail was sent automatically by ${product}. Answers to it are not read.`,
};
