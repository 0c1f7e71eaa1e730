export type { SmtpEvent, SmtpVerdict } from './behaviour.ts';
export { type ReceivedMail, unread } from './received-mail.ts';
export { startSmtpReceiver } from './smtp-receiver.ts';
export { type SmtpServer, type SmtpServerOptions, startSmtpServer } from './start-smtp-server.ts';
