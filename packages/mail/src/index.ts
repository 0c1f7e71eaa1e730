export {
  createSmtpMailer,
  type SmtpMailer,
  type SmtpMailerOptions,
  type VerifyResult,
} from './create-smtp-mailer.ts';
export { parseMailFrom } from './mail-from.ts';
export { SEND_DEADLINE_MS } from './smtp/deadlines.ts';
export { isSmtpUrl } from './smtp/smtp-url.ts';
