import type { CalendarInstant } from './texts.ts';

/** Lifetime in minutes from which a link's end includes the day, because "until 14:05 UTC" alone would be ambiguous. */
export const SAME_DAY_MINUTES = 12 * 60;

/** `14:05 UTC`, rounded down to the minute, so that the mail never promises more time than the link has. */
export const clockTime = (at: Date): string => `${at.toISOString().slice(11, 16)} UTC`;

export const calendarInstant = (at: Date): CalendarInstant => ({
  day: at.getUTCDate(),
  month: at.getUTCMonth() + 1,
  year: at.getUTCFullYear(),
  time: at.toISOString().slice(11, 16),
});
