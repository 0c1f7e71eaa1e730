import { parseSmtpUrl } from '@latchkey/settings';
import { createSmtpMailer, type SmtpMailerOptions } from '../../src/create-smtp-mailer.ts';

/** A mailer with the worker's options, for one server. */
export const mailerFor = (url: string, changes: Partial<SmtpMailerOptions> = {}) =>
  createSmtpMailer({
    endpoints: [parseSmtpUrl(url)],
    from: { name: 'Acme', address: 'no-reply@acme.test', domain: 'acme.test' },
    publicWebUrl: 'https://acme.test',
    connections: 2,
    ...changes,
  });

/** The same sender for tests that compose mails without a mailer. */
export const SENDER = {
  from: { name: 'Acme', address: 'no-reply@acme.test', domain: 'acme.test' },
  brand: { product: 'Acme', publicWebUrl: 'https://acme.test' },
};
