import type { RequestId, TokenHash, UserId } from './ids.ts';

/** What a token is for; part of its derivation, so that one purpose's token never opens another. */
export type TokenPurpose = 'password-reset';

/** Why a link died unused. */
export type VoidReason =
  | 'password_reset'
  | 'password_changed'
  | 'address_changed'
  | 'account_disabled'
  | 'account_gone';

/** "May this link still set a password?" The raw token is not in it, nor anything it could be made from. */
export interface TokenRow {
  readonly tokenHash: TokenHash;
  readonly kid: string;
  readonly purpose: TokenPurpose;
  readonly requestId: RequestId;
  readonly userId: UserId;
  /** HMAC of the stored address the link was sent to; a changed address voids the link. */
  readonly addressHmac: string;
  /** HMAC of the stored password hash at minting; a changed password voids the link, whoever changed it. */
  readonly credentialHmac: string;
  readonly attemptsMade: number;
  readonly busyUntil: Date | null;
  /** Whose reservation lasts until `busyUntil`. */
  readonly reservationId: string | null;
  readonly redeemedAt: Date | null;
  readonly voidedAt: Date | null;
  readonly voidReason: VoidReason | null;
  readonly credentialsAsOf: Date;
  readonly expiresAt: Date;
}

/** What minting writes: a {@link TokenRow} without attempts, and when it may be purged. */
export type NewToken = Pick<
  TokenRow,
  | 'tokenHash'
  | 'kid'
  | 'purpose'
  | 'requestId'
  | 'userId'
  | 'addressHmac'
  | 'credentialHmac'
  | 'credentialsAsOf'
  | 'expiresAt'
> & { readonly purgeAt: Date };
