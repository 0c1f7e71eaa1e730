import { randomBytes, randomInt } from 'node:crypto';
import type { RequestId } from '../model/ids.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 128 bits from the system's CSPRNG. */
export const newRequestId = (): RequestId => randomBytes(16).toString('hex');

/** 16 bytes; with the key and the request id they make the token, so they are erased when the delivery ends. */
export const newSeed = (): Uint8Array => randomBytes(16);

/** `R-XXXX-XXXX`, 40 random bits in Crockford's base32 (no I, L, O, U): made to be read out. Independent of every id. */
export const newReference = (): string => {
  const digits = Array.from(randomBytes(8), (byte) => CROCKFORD.charAt(byte & 31)).join('');
  return `R-${digits.slice(0, 4)}-${digits.slice(4)}`;
};

/** Names one holder of one lease: the fence that a late writer fails at. */
export const newLeaseId = (): string => randomBytes(12).toString('hex');

/** Names one reservation of one link; the fence of a redeem. */
export const newReservationId = (): string => randomBytes(12).toString('hex');

/** A MIME boundary that no template text contains. */
export const newBoundary = (): string => `lk-${randomBytes(12).toString('hex')}`;

/** Uniform over [0, maxMs], from the CSPRNG: the jitter hides what happened, so it must not be predictable. */
export const randomDelayMs = (maxMs: number): number => (maxMs > 0 ? randomInt(0, Math.floor(maxMs) + 1) : 0);
