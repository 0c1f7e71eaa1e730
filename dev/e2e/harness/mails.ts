import type { MailInbox, ReceivedMail } from '@latchkey/dev-stack';
import { PATIENCE_MS } from '@latchkey/test-kit/until';

const TOKEN_LINK = /#token=([A-Za-z0-9_-]{43})(?:&|$)/;

/** The token of the link in a mail; undefined if the mail has no such link. */
export const linkedToken = (mail: ReceivedMail): string | undefined => {
  for (const link of mail.links) {
    const [, token] = TOKEN_LINK.exec(link) ?? [];
    if (token !== undefined) return token;
  }
  return undefined;
};

/** The token of the link in a mail. Throws if the mail has no such link. */
export const tokenOf = (mail: ReceivedMail): string => {
  const token = linkedToken(mail);
  if (token === undefined) throw new Error('no reset link in this mail');
  return token;
};

export const isNotice = (mail: ReceivedMail): boolean => linkedToken(mail) === undefined;

const isTo = (address: string) => (mail: ReceivedMail) => mail.to.length === 1 && mail.to[0] === address;

/** The mails that arrived for one address: those with a link, and the notices of a changed password. */
export const mailsTo = (inbox: MailInbox, address: string) => {
  const all = inbox.messages().filter(isTo(address));
  return { links: all.filter((mail) => !isNotice(mail)), notices: all.filter(isNotice) };
};

/** Waits for the `count`th mail with a link to this address and resolves with it. */
export const nextLink = async (
  inbox: MailInbox,
  address: string,
  { count = 1, timeoutMs = PATIENCE_MS } = {},
): Promise<ReceivedMail> => {
  let mail: ReceivedMail | undefined;
  await inbox.waitFor(() => {
    mail = mailsTo(inbox, address).links[count - 1];
    return mail !== undefined;
  }, timeoutMs);
  if (mail === undefined) throw new Error('unreachable');
  return mail;
};

export const nextNotice = (
  inbox: MailInbox,
  address: string,
  timeoutMs = PATIENCE_MS,
): Promise<ReceivedMail> => inbox.waitFor((mail) => isTo(address)(mail) && isNotice(mail), timeoutMs);

/** Waits for a mail (to this address) whose final dot has arrived, with or without a reply of the server. */
export const nextReceived = (inbox: MailInbox, address?: string): Promise<ReceivedMail> =>
  inbox.waitForReceived(({ to }) => address === undefined || to.includes(address), PATIENCE_MS);
