export {
  createSmtpMailer,
  type SmtpMailer,
  type SmtpMailerOptions,
  type VerifyResult,
} from './create-smtp-mailer.ts';
export { SEND_DEADLINE_MS } from './smtp/deadlines.ts';
