/**
 * The content of a mail without its look. HTML and text are both made from this value, so no link, time or sentence can be in
 * one of them only. Every string is text; markup is not possible.
 */
export type Block =
  | { readonly type: 'paragraph'; readonly text: string }
  /** The one action of the mail: a button in HTML. Both forms also show the address for copying. */
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
