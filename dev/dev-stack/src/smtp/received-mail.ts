import PostalMime from 'postal-mime';

/** One message that was received over SMTP. */
export interface ReceivedMail {
  /** Number of the message in order of arrival, from 1. */
  readonly id: number;
  readonly receivedAt: Date;
  /** Envelope sender; empty for a bounce. */
  readonly from: string;
  /** Envelope recipients of RCPT TO. */
  readonly to: readonly string[];
  /** The bytes of the message exactly as received. Only the dot-stuffing of SMTP is removed. */
  readonly raw: Buffer;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Header fields in their order, with names in lower case. */
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  /** Every http or https URL in the text part. */
  readonly links: readonly string[];
  /** Whether the server answered 250 to it. */
  readonly acknowledged: boolean;
}

/** The part of a mail that is known before the message is parsed. */
export type Envelope = Pick<ReceivedMail, 'id' | 'from' | 'to' | 'raw' | 'receivedAt'>;

/** The mail without parsing, so its parts are empty. It is for a server that must use little CPU time. */
export const unread = async (envelope: Envelope): Promise<ReceivedMail> => ({
  ...envelope,
  subject: '',
  text: '',
  html: '',
  headers: [],
  links: [],
  acknowledged: false,
});

/** Parses one message. A body without MIME becomes the text of the mail. */
export const readMail = async (envelope: Envelope): Promise<ReceivedMail> => {
  const parsed = await PostalMime.parse(envelope.raw);
  const text = parsed.text ?? '';

  return {
    ...envelope,
    subject: parsed.subject ?? '',
    text,
    html: parsed.html ?? '',
    headers: parsed.headers.map(({ key, value }) => ({ key, value })),
    links: text.match(/https?:\/\/[^\s<>"]+/g) ?? [],
    acknowledged: false,
  };
};
