export {
  createSmtpMailer,
  type SmtpMailer,
} from './create-smtp-mailer.ts';
export { SEND_DEADLINE_MS } from './smtp/deadlines.ts';
