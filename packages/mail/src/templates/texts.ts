import type { Locale } from '../choose-locale.ts';
import { german } from './texts.de.ts';
import { english } from './texts.en.ts';

/** Every sentence of every mail. Each language is one value of this type, so a missing sentence does not compile. */
export interface Texts {
  /** January first. */
  readonly months: readonly string[];
  readonly greeting: (name: string) => string;
  readonly greetingWithoutName: string;
  /** `30 minutes`; below one, `less than a minute`. */
  readonly within: (minutes: number) => string;
  /** `21 November 2026, 14:05 UTC`. */
  readonly instant: (at: CalendarInstant) => string;
  /** `in 30 minutes (until 14:05 UTC)`. */
  readonly expiry: (input: { readonly within: string; readonly until: string }) => string;
  readonly reset: {
    readonly subject: (product: string) => string;
    readonly preheader: (expiry: string) => string;
    readonly heading: string;
    readonly asked: (product: string) => string;
    readonly action: string;
    readonly hint: string;
    readonly expires: (expiry: string) => string;
    readonly newest: string;
    readonly notYou: string;
  };
  readonly changed: {
    readonly subject: (product: string) => string;
    readonly preheader: (when: string) => string;
    readonly heading: string;
    readonly happened: (input: { readonly product: string; readonly when: string }) => string;
    readonly wasYou: string;
    readonly notYou: string;
    readonly askAgain: string;
  };
  readonly footer: (product: string) => string;
}

/** The parts of a UTC instant. They are computed without ICU, because its data differs between builds of Node. */
export interface CalendarInstant {
  readonly day: number;
  /** 1 to 12. */
  readonly month: number;
  readonly year: number;
  /** `14:05`. */
  readonly time: string;
}

export const TEXTS: Readonly<Record<Locale, Texts>> = { en: english, de: german };
