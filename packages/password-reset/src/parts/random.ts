import { randomBytes, randomInt } from 'node:crypto';
import type { RequestId } from '../model/ids.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 128 bits from the system's CSPRNG. */
export const newRequestId = (): RequestId => randomBytes(16).toString('hex');

/**
 * 16 random bytes. The token is derived from them, the request's id and a key, so they are erased when the delivery ends
 * (decision 3).
 */
export const newSeed = (): Uint8Array => randomBytes(16);

/**
 * `R-XXXX-XXXX`, 40 random bits in Crockford's base32 (no I, L, O, U), so that people can read it out. It is independent of every
 * id.
 */
export const newReference = (): string => {
  const digits = Array.from(randomBytes(8), (byte) => CROCKFORD.charAt(byte & 31)).join('');
  return `R-${digits.slice(0, 4)}-${digits.slice(4)}`;
};

/** Identifies one holder of one lease. It is the fence: a late write with an old lease id changes nothing. */
export const newLeaseId = (): string => randomBytes(12).toString('hex');

/** Identifies one reservation of one link. It is the fence of a redeem. */
export const newReservationId = (): string => randomBytes(12).toString('hex');

/** A MIME boundary that no template text contains. */
export const newBoundary = (): string => `lk-${randomBytes(12).toString('hex')}`;

/**
 * Uniform over [0, maxMs] milliseconds, from the CSPRNG, because the jitter hides what happened only if it cannot be predicted.
 */
export const randomDelayMs = (maxMs: number): number => (maxMs > 0 ? randomInt(0, Math.floor(maxMs) + 1) : 0);
