import type { MailMessage } from '@latchkey/password-reset';
import { chooseLocale } from './choose-locale.ts';
import type { MailDocument } from './templates/document.ts';
import { greetingName } from './templates/greeting-name.ts';
import { passwordChanged } from './templates/password-changed.ts';
import { passwordReset } from './templates/password-reset.ts';
import { renderHtml } from './templates/render-html.ts';
import { renderText } from './templates/render-text.ts';
import { TEXTS, type Texts } from './templates/texts.ts';

/**
 * Version of the templates. Raise it with every change of a mail's text or look. A delivery keeps the version of its first
 * claim, so the delivery log shows whether a repeated mail can still be the same mail.
 */
export const TEMPLATE_VERSION = 3;

/** The sender's data that every mail contains. */
export interface Brand {
  /** Name in the subject and the text. */
  readonly product: string;
  /** Base of the public pages; the only link of a notice. */
  readonly publicWebUrl: string;
}

export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** The content of a mail in the message's language, before it becomes text or HTML. */
const describeMail = (
  message: Pick<MailMessage, 'locale' | 'name' | 'content'>,
  { product, publicWebUrl }: Brand,
): MailDocument => {
  const lang = chooseLocale([message.locale]);
  const texts = TEXTS[lang];
  const name = greetingName(message.name);

  return {
    lang,
    dir: 'ltr',
    greeting: name === null ? texts.greetingWithoutName : texts.greeting(name),
    ...contentOf(message.content, texts, { product, publicWebUrl }),
  };
};

const contentOf = (content: MailMessage['content'], texts: Texts, { product, publicWebUrl }: Brand) =>
  content.kind === 'password-reset'
    ? passwordReset(content, { texts, product })
    : passwordChanged(content, { texts, product, publicWebUrl });

/** Renders the HTML and the text of a mail from one document. */
export const renderMail = (
  message: Pick<MailMessage, 'locale' | 'name' | 'content'>,
  brand: Brand,
): RenderedMail => {
  const document = describeMail(message, brand);
  return { subject: document.subject, html: renderHtml(document), text: renderText(document) };
};
