import type { MailMessage } from '@latchkey/password-reset';
import { isMailAddress, type MailFrom } from '@latchkey/settings';
import MailComposer from 'nodemailer/lib/mail-composer';
import { type Brand, renderMail } from './render-mail.ts';

/** A mail as it goes over the wire. */
export interface ComposedMail {
  readonly envelope: { readonly from: string; readonly to: string };
  readonly raw: Buffer;
}

/** Automatic mail must not set off automatic answers (RFC 3834; the second is what Exchange listens to). */
const HEADERS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/**
 * Message → bytes; the same message gives the same bytes in any process, on any machine. Quoted-printable always, so that
 * the choice does not hang on the text, and the link survives whatever wraps lines. Undefined when the stored recipient is
 * not an address: it is data of the host's, so it must not become a second recipient or a header.
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
