import type { CalendarInstant } from './texts.ts';

/** A link that lives longer than this says the day, too: "until 14:05 UTC" alone would leave open which one. */
export const SAME_DAY_MINUTES = 12 * 60;

/** `14:05 UTC`, cut to the minute, so that a link never promises a second too much. */
export const clockTime = (at: Date): string => `${at.toISOString().slice(11, 16)} UTC`;

export const calendarInstant = (at: Date): CalendarInstant => ({
  day: at.getUTCDate(),
  month: at.getUTCMonth() + 1,
  year: at.getUTCFullYear(),
  time: at.toISOString().slice(11, 16),
});
