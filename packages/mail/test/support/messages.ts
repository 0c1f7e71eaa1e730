import type { MailMessage } from '@latchkey/password-reset';

/** The longest link the product makes, so that the tests cover every line wrap. */
export const LINK = `https://accounts.a-rather-long-company-name.example/some/path/reset-password#token=${'aB3-_'.repeat(9).slice(0, 43)}`;

const born = {
  to: 'bob@example.com',
  name: 'Bob',
  locale: 'en',
  templateVersion: 1,
  messageId: '<4ce82d5770437fd4587980e54ccfd6638ca49ab6@acme.test>',
  date: new Date('2026-11-21T13:35:00.000Z'),
  boundary: '0123456789abcdef',
} as const;

export const resetMail = (changes: Partial<MailMessage> = {}): MailMessage => ({
  ...born,
  deliveryId: '00112233445566778899aabbccddeeff:password-reset',
  content: {
    kind: 'password-reset',
    link: LINK,
    expiresAt: new Date('2026-11-21T14:05:00.000Z'),
    ttlMinutes: 30,
  },
  ...changes,
});

export const changedMail = (changes: Partial<MailMessage> = {}): MailMessage => ({
  ...born,
  deliveryId: '00112233445566778899aabbccddeeff:password-changed',
  content: { kind: 'password-changed', changedAt: new Date('2026-11-21T14:05:00.000Z') },
  ...changes,
});
