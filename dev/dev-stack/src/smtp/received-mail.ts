import PostalMime from 'postal-mime';

/** One message as it came over SMTP. */
export interface ReceivedMail {
  /** Counts up from 1 in order of arrival. */
  readonly id: number;
  readonly receivedAt: Date;
  /** Envelope sender; empty for a bounce. */
  readonly from: string;
  /** Envelope recipients, as given in RCPT TO. */
  readonly to: readonly string[];
  /** The message's bytes exactly as received (SMTP's own dot-stuffing taken off again, nothing else). */
  readonly raw: Buffer;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Header fields in order, names in lower case. */
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  /** Every http(s) address in the text part. */
  readonly links: readonly string[];
  /** Whether we answered 250 to it. */
  readonly acknowledged: boolean;
}

/** What is known before the message is looked into. */
export type Envelope = Pick<ReceivedMail, 'id' | 'from' | 'to' | 'raw' | 'receivedAt'>;

/** The mail as it came, its parts left empty: for a server that must cost next to nothing. */
export const unread = async (envelope: Envelope): Promise<ReceivedMail> => ({
  ...envelope,
  subject: '',
  text: '',
  html: '',
  headers: [],
  links: [],
  acknowledged: false,
});

/** Reads one message; a body that is no MIME at all still becomes a mail with a text. */
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
