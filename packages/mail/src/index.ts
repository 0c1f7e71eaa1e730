export { LOCALES, type Locale } from './choose-locale.ts';
export {
  createSmtpMailer,
  type SmtpMailer,
  type SmtpMailerOptions,
  type VerifyResult,
} from './create-smtp-mailer.ts';
export { type MailFrom, parseMailFrom } from './mail-from.ts';
export { type Brand, type RenderedMail, renderMail, TEMPLATE_VERSION } from './render-mail.ts';
export { SEND_DEADLINE_MS } from './smtp/deadlines.ts';
