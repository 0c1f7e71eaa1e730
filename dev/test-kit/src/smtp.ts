export { type SmtpServer, type SmtpServerOptions, startSmtpServer } from '@latchkey/dev-stack/smtp';
