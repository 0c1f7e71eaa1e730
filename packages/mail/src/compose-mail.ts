import type { MailMessage } from '@latchkey/password-reset';
import { isMailAddress, type MailFrom } from '@latchkey/settings';
import MailComposer from 'nodemailer/lib/mail-composer';
import { type Brand, renderMail } from './render-mail.ts';

/** A mail as it is sent to the relay. */
export interface ComposedMail {
  readonly envelope: { readonly from: string; readonly to: string };
  readonly raw: Buffer;
}

/** Headers that stop automatic answers to these automatic mails: the first by RFC 3834, the second for Exchange. */
const HEADERS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/**
 * Composes the bytes of a mail. The same message gives the same bytes in any process and on any machine. The encoding is always
 * quoted-printable, so that it does not depend on the text and a link survives programs that wrap lines.
 * Returns undefined when the stored recipient is not one address. It is data of the host application and must not become a
 * second recipient or a header.
 */
export const composeMail = async (
  message: MailMessage,
  { from, brand }: { readonly from: MailFrom; readonly brand: Brand },
): Promise<ComposedMail | undefined> => {
  const { to } = message;
  if (!isMailAddress(to)) return undefined;

  const { subject, html, text } = renderMail(message, brand);
  const envelope = { from: from.address, to };

  const composer = new MailComposer({
    from: { name: from.name, address: from.address },
    to: { name: '', address: to },
    envelope,
    subject,
    text,
    html,
    headers: HEADERS,
    messageId: message.messageId,
    date: message.date,
    baseBoundary: message.boundary,
    encoding: 'quoted-printable',
    textEncoding: 'Q',
    newline: '\r\n',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { envelope, raw: await composer.compile().build() };
};
