import { randomInt } from 'node:crypto';

/** Exponential with equal jitter: half of the step is certain, half is random, so that a herd spreads out. */
export const backoffMs = (attempt: number, { baseMs, capMs }: { baseMs: number; capMs: number }): number => {
  const step = Math.min(capMs, baseMs * 2 ** Math.min(Math.max(attempt - 1, 0), 20));
  return Math.floor(step / 2) + randomInt(0, Math.floor(step / 2) + 1);
};

/** A look-up that failed is tried again soon: the asker waits. */
export const LOOKUP_BACKOFF = { baseMs: 1_000, capMs: 30_000 };
/** A relay that said "later" is asked again, never more than a minute after it has come back. */
export const DELIVERY_BACKOFF = { baseMs: 4_000, capMs: 60_000 };
