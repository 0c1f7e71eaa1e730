import { randomInt } from 'node:crypto';
import type { DeliveryRow, SendClass } from '../model/delivery.ts';

/**
 * Exponential back-off with equal jitter, in milliseconds: half of the step is fixed and half is random, so that many retries do
 * not come at the same moment.
 */
export const backoffMs = (attempt: number, { baseMs, capMs }: { baseMs: number; capMs: number }): number => {
  const step = Math.min(capMs, baseMs * 2 ** Math.min(Math.max(attempt - 1, 0), 20));
  return Math.floor(step / 2) + randomInt(0, Math.floor(step / 2) + 1);
};

/** For a look-up that failed. The waits are short, because a user waits for the mail. */
export const LOOKUP_BACKOFF = { baseMs: 1_000, capMs: 30_000 };
/**
 * How long, in milliseconds, a mail that could not be prepared waits. No attempt is counted for it, so the wait follows its age
 * instead, and about doubles the age, up to 30 s.
 */
export const postponeMs = (row: Pick<DeliveryRow, 'date'>, now: Date): number =>
  backoffMs(1, { ...LOOKUP_BACKOFF, baseMs: clamp(now.getTime() - row.date.getTime(), LOOKUP_BACKOFF) });

const clamp = (ms: number, { baseMs, capMs }: { baseMs: number; capMs: number }): number =>
  Math.min(capMs, Math.max(baseMs, ms));

/** After an attempt that failed: at most a minute until the next one (decision 11). */
const DELIVERY_BACKOFF = { baseMs: 4_000, capMs: 60_000 };
/**
 * After an attempt whose answer was lost. The mail has most likely arrived, so each wait is twice as long as the one before; only
 * the delivery's deadline bounds it (decision 11).
 */
const COPY_BACKOFF = { baseMs: 4_000, capMs: Number.MAX_SAFE_INTEGER };
/**
 * After half an hour the minute grows to a thirtieth of the mail's age, because a relay may be away for a day and the row keeps
 * every attempt.
 */
const SHARE_OF_AGE = 30;

/**
 * How long, in milliseconds, a mail waits after an attempt that ended at `now` with `result`. `row` does not list that attempt
 * yet.
 */
export const untilNextAttemptMs = (
  row: Pick<DeliveryRow, 'attemptsMade' | 'date'> & {
    readonly attempts: readonly { readonly class: SendClass }[];
  },
  result: SendClass,
  now: Date,
): number => {
  if (result === 'ambiguous') {
    const before = row.attempts.filter((attempt) => attempt.class === 'ambiguous').length;
    return backoffMs(before + 1, COPY_BACKOFF);
  }
  const ageMs = now.getTime() - row.date.getTime();
  return backoffMs(row.attemptsMade, {
    ...DELIVERY_BACKOFF,
    capMs: Math.max(DELIVERY_BACKOFF.capMs, Math.floor(ageMs / SHARE_OF_AGE)),
  });
};
