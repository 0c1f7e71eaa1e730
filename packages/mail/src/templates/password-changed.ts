import type { MailContent } from '@latchkey/password-reset';
import { calendarInstant } from './calendar.ts';
import type { MailDocument } from './document.ts';
import type { Texts } from './texts.ts';

type PasswordChanged = Extract<MailContent, { kind: 'password-changed' }>;

/** The notice after a reset. It contains no secret: its only link is the public page where a user asks for a new link. */
export const passwordChanged = (
  { changedAt }: PasswordChanged,
  {
    texts,
    product,
    publicWebUrl,
  }: { readonly texts: Texts; readonly product: string; readonly publicWebUrl: string },
): Pick<MailDocument, 'subject' | 'preheader' | 'heading' | 'blocks'> => {
  const when = texts.instant(calendarInstant(changedAt));

  return {
    subject: texts.changed.subject(product),
    preheader: texts.changed.preheader(when),
    heading: texts.changed.heading,
    blocks: [
      { type: 'paragraph', text: texts.changed.happened({ product, when }) },
      { type: 'paragraph', text: texts.changed.wasYou },
      { type: 'paragraph', text: texts.changed.notYou },
      { type: 'link', text: texts.changed.askAgain, url: publicWebUrl },
      { type: 'small', text: texts.footer(product) },
    ],
  };
};
