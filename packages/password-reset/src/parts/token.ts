import { createHash } from 'node:crypto';
import type { RequestId, TokenHash } from '../model/ids.ts';
import type { TokenPurpose, TokenRow } from '../model/token.ts';
import { keyedHash } from './keyed-hash.ts';

/** A link allows ten attempts: after nine rejected ones the tenth may still succeed (decision 6). */
export const MAX_ATTEMPTS = 10;
/**
 * Attempts that a link loses when the new password is compared with the current one and is the same (decision 37). A link thus
 * allows at most four comparisons, and the fourth is its last attempt. All other rules cost next to no time.
 */
export const SAME_AS_CURRENT_COST = 3;
/** So many links of one user may be live at once. A further request sends nothing, and never voids a link (decision 5). */
export const MAX_LIVE_LINKS = 3;

/** SHA-256 of the string exactly as given, whatever it is, so that malformed, foreign and unknown tokens are handled alike. */
export const hashToken = (token: string): TokenHash =>
  createHash('sha256').update(token, 'utf8').digest('hex');

/**
 * Whether a link may still be redeemed, now or later. While the last attempt is reserved the link is live, although `reserve`
 * refuses it, because that attempt may still be given back.
 */
export const isLive = (token: TokenRow, now: Date): boolean => {
  const { redeemedAt, voidedAt, expiresAt, attemptsMade, busyUntil } = token;
  const isReserved = busyUntil !== null && busyUntil > now;
  return !redeemedAt && !voidedAt && expiresAt > now && (attemptsMade < MAX_ATTEMPTS || isReserved);
};

/** One key of RESET_TOKEN_KEYS: its id, and 32 bytes. */
export interface TokenKey {
  readonly kid: string;
  readonly key: Uint8Array;
}

/** The keys that tokens are derived with. Only the worker has them. */
export interface TokenKeys {
  /** Id of the key for new tokens: the first of the list. */
  readonly signingKid: string;
  readonly kids: readonly string[];
  /** The raw token, 43 base64url characters; undefined when this process does not have the key. */
  derive(input: {
    kid: string;
    purpose: TokenPurpose;
    requestId: RequestId;
    seed: Uint8Array;
  }): string | undefined;
}

/** @throws RangeError when the list is empty, a kid repeats, or a key is not 32 bytes. */
export const createTokenKeys = (keys: readonly TokenKey[]): TokenKeys => {
  const [first] = keys;
  const byKid = new Map(keys.map(({ kid, key }) => [kid, key]));
  if (!first) throw new RangeError('at least one token key is needed');
  if (byKid.size !== keys.length) throw new RangeError('every token key needs a kid of its own');
  if (keys.some(({ key }) => key.length !== 32)) throw new RangeError('a token key is 32 bytes long');

  return {
    signingKid: first.kid,
    kids: [...byKid.keys()],
    derive: ({ kid, purpose, requestId, seed }) => {
      const key = byKid.get(kid);
      return key && keyedHash(key, purpose, Buffer.from(requestId, 'hex'), seed).toString('base64url');
    },
  };
};

/** The token is in the fragment, because browsers send the fragment to no server and put it in no Referer (decision 9). */
export const resetLink = (publicWebUrl: string, token: string): string =>
  `${publicWebUrl.replace(/\/+$/, '')}/reset-password#token=${token}`;
