import { staticFile } from '../http/static-files.ts';
import { type LocalServer, type Page, servePages } from '../http/static-server.ts';
import type { ReceivedMail } from '../smtp/index.ts';

const HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** A mail contains foreign markup, so it may run no scripts, send no forms and load nothing. Its links open a new tab. */
const MAIL_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

const FILES: Readonly<Record<string, string>> = {
  '/': 'inbox/index.html',
  '/inbox.js': 'inbox/inbox.js',
  '/inbox.css': 'inbox/inbox.css',
  '/icon.svg': 'icon.svg',
};

const summary = (mail: ReceivedMail) => ({
  id: mail.id,
  receivedAt: mail.receivedAt.toISOString(),
  from: mail.from,
  to: mail.to,
  subject: mail.subject,
  text: mail.text,
  hasHtml: mail.html !== '',
  links: mail.links,
});

const part = (mail: ReceivedMail, name: string | undefined): Page | undefined => {
  switch (name) {
    case 'html':
      return {
        type: 'text/html; charset=utf-8',
        body: `<base target="_blank">${mail.html}`,
        headers: { 'Content-Security-Policy': MAIL_POLICY },
      };
    case 'text':
      return { type: 'text/plain; charset=utf-8', body: mail.text };
    case 'raw':
      return { type: 'text/plain; charset=utf-8', body: mail.raw };
    default:
      return undefined;
  }
};

/** Starts the page that shows the inbox in a browser. The page polls for new mails. */
export const startInboxPage = ({
  port,
  messages,
}: {
  port: number;
  messages: () => readonly ReceivedMail[];
}): Promise<LocalServer> =>
  servePages({
    port,
    headers: HEADERS,
    find: (path) => {
      const file = FILES[path];
      if (file !== undefined) return staticFile(file);
      if (path === '/messages.json') {
        return { type: 'application/json', body: JSON.stringify(messages().map(summary)) };
      }
      const [, id, name] = /^\/messages\/(\d+)\/(\w+)$/.exec(path) ?? [];
      const mail = messages().find((candidate) => candidate.id === Number(id));
      return mail === undefined ? undefined : part(mail, name);
    },
  });
