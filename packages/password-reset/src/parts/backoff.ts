import { randomInt } from 'node:crypto';
import type { DeliveryRow, SendClass } from '../model/delivery.ts';

/** Exponential with equal jitter: half of the step is certain, half is random, so that a herd spreads out. */
export const backoffMs = (attempt: number, { baseMs, capMs }: { baseMs: number; capMs: number }): number => {
  const step = Math.min(capMs, baseMs * 2 ** Math.min(Math.max(attempt - 1, 0), 20));
  return Math.floor(step / 2) + randomInt(0, Math.floor(step / 2) + 1);
};

/** A look-up that failed is tried again soon: the asker waits. */
export const LOOKUP_BACKOFF = { baseMs: 1_000, capMs: 30_000 };
/** A mail that could not even be made counts no attempts, so its age stands for them: the wait about doubles the age. */
export const postponeMs = (row: Pick<DeliveryRow, 'date'>, now: Date): number =>
  backoffMs(1, { ...LOOKUP_BACKOFF, baseMs: clamp(now.getTime() - row.date.getTime(), LOOKUP_BACKOFF) });

const clamp = (ms: number, { baseMs, capMs }: { baseMs: number; capMs: number }): number =>
  Math.min(capMs, Math.max(baseMs, ms));

/** A relay that said "later" is asked again within a minute. */
const DELIVERY_BACKOFF = { baseMs: 4_000, capMs: 60_000 };
/** A mail whose answer was lost has most likely arrived: every repetition waits twice as long, without an end but the link's. */
const COPY_BACKOFF = { baseMs: 4_000, capMs: Number.MAX_SAFE_INTEGER };
/** After so long of "later" the minute grows: a relay may be away for a day, and every attempt is kept in the row. */
const SHARE_OF_AGE = 30;

/** How long a mail waits after its latest attempt, which `row` does not list yet, came to `result` at `now`. */
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
