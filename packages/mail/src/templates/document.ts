/**
 * What a mail says, before it looks like anything. Both renderings are made from this one value, so a link, a time or a
 * sentence cannot be in one of them only. There is no way to put markup in: every string is text.
 */
export type Block =
  | { readonly type: 'paragraph'; readonly text: string }
  /** The one thing to do: a button in HTML, and in both the same address written out for copying. */
  | { readonly type: 'action'; readonly label: string; readonly hint: string; readonly url: string }
  | { readonly type: 'link'; readonly text: string; readonly url: string }
  | { readonly type: 'small'; readonly text: string };

export interface MailDocument {
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
  readonly subject: string;
  /** The line that mail programs show beside the subject. */
  readonly preheader: string;
  readonly heading: string;
  readonly greeting: string;
  readonly blocks: readonly Block[];
}
