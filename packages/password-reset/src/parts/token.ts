import { createHash } from 'node:crypto';
import type { RequestId, TokenHash } from '../model/ids.ts';
import type { TokenPurpose, TokenRow } from '../model/token.ts';
import { keyedHash } from './keyed-hash.ts';

/** A link survives nine mistakes; the tenth reservation is the last. */
export const MAX_ATTEMPTS = 10;
/**
 * What it costs to have the current password compared: so at most four comparisons a link, the fourth being the last attempt.
 * All other rules are looked at for next to nothing.
 */
export const SAME_AS_CURRENT_COST = 3;
/** As many links of one user may be open at once; a further request sends nothing, and never closes one. */
export const MAX_LIVE_LINKS = 3;

/** SHA-256 over the string exactly as given, whatever it is: malformed, foreign and unknown tokens take the same way. */
export const hashToken = (token: string): TokenHash =>
  createHash('sha256').update(token, 'utf8').digest('hex');

/** While the last attempt is in somebody's hands it may still be given back: `reserve` refuses the link, and it is not over. */
export const isLive = (token: TokenRow, now: Date): boolean => {
  const { redeemedAt, voidedAt, expiresAt, attemptsMade, busyUntil } = token;
  const isReserved = busyUntil !== null && busyUntil > now;
  return !redeemedAt && !voidedAt && expiresAt > now && (attemptsMade < MAX_ATTEMPTS || isReserved);
};

/** One key of RESET_TOKEN_KEYS: `kid`, and 32 bytes. */
export interface TokenKey {
  readonly kid: string;
  readonly key: Uint8Array;
}

/** The keys that links are derived with. Only the worker has them. */
export interface TokenKeys {
  /** The kid that new links are made with: the first of the list. */
  readonly signingKid: string;
  readonly kids: readonly string[];
  /** The raw token, 43 base64url characters; undefined when this process lacks the key. */
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

/** The token sits in the fragment: browsers send it to no server, and put it in no Referer. */
export const resetLink = (publicWebUrl: string, token: string): string =>
  `${publicWebUrl.replace(/\/+$/, '')}/reset-password#token=${token}`;
