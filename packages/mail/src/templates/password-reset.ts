import type { MailContent } from '@latchkey/password-reset';
import { calendarInstant, clockTime, SAME_DAY_MINUTES } from './calendar.ts';
import type { MailDocument } from './document.ts';
import type { Texts } from './texts.ts';

type PasswordReset = Extract<MailContent, { kind: 'password-reset' }>;

/** The mail with the link. */
export const passwordReset = (
  { link, expiresAt, ttlMinutes }: PasswordReset,
  { texts, product }: { readonly texts: Texts; readonly product: string },
): Pick<MailDocument, 'subject' | 'preheader' | 'heading' | 'blocks'> => {
  const until =
    ttlMinutes < SAME_DAY_MINUTES ? clockTime(expiresAt) : texts.instant(calendarInstant(expiresAt));
  const expiry = texts.expiry({ within: texts.within(ttlMinutes), until });

  return {
    subject: texts.reset.subject(product),
    preheader: texts.reset.preheader(expiry),
    heading: texts.reset.heading,
    blocks: [
      { type: 'paragraph', text: texts.reset.asked(product) },
      { type: 'action', label: texts.reset.action, hint: texts.reset.hint, url: link },
      { type: 'paragraph', text: texts.reset.expires(expiry) },
      { type: 'paragraph', text: texts.reset.newest },
      { type: 'paragraph', text: texts.reset.notYou },
      { type: 'small', text: texts.footer(product) },
    ],
  };
};
