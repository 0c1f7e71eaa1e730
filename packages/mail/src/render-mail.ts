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
 * Raise it with every change to what a mail says or looks like: a delivery keeps the version it was born with, which tells
 * from the log whether a repeated mail can still be the same one.
 */
export const TEMPLATE_VERSION = 3;

/** What every mail needs to know about its sender. */
export interface Brand {
  /** Named in subject and text. */
  readonly product: string;
  /** Base of the public pages; the only link of a notice. */
  readonly publicWebUrl: string;
}

export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** The words of a mail in the message's language, not yet text or HTML. */
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

/** Renders both forms of a mail from its one description. */
export const renderMail = (
  message: Pick<MailMessage, 'locale' | 'name' | 'content'>,
  brand: Brand,
): RenderedMail => {
  const document = describeMail(message, brand);
  return { subject: document.subject, html: renderHtml(document), text: renderText(document) };
};
