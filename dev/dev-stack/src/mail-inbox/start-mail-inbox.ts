import { type SmtpServer, type SmtpServerOptions, startSmtpServer } from '../smtp/start-smtp-server.ts';
import { startInboxPage } from './inbox-page.ts';

/** How the inbox behaves and on which ports it listens. */
export interface MailInboxOptions extends SmtpServerOptions {
  /** Default: a free port. */
  readonly httpPort?: number;
}

/** A mail server that keeps its mails and shows them on a web page. */
export interface MailInbox extends SmtpServer {
  /** The page to open in a browser. */
  readonly url: string;
}

/** Starts the inbox: SMTP and a page, both on 127.0.0.1. */
export const startMailInbox = async (options: MailInboxOptions = {}): Promise<MailInbox> => {
  const smtp = await startSmtpServer(options);
  const page = await startInboxPage({ port: options.httpPort ?? 0, messages: smtp.messages });

  return {
    ...smtp,
    url: page.url,
    stop: async () => {
      await Promise.all([smtp.stop(), page.stop()]);
    },
  };
};
