import type { RequestId, TokenHash, UserId } from './ids.ts';

/** What a token is for. It is part of the derivation, so that a token of one purpose is never valid for another. */
export type TokenPurpose = 'password-reset';

/** Why a link was voided. */
export type VoidReason =
  | 'password_reset'
  | 'password_changed'
  | 'address_changed'
  | 'account_disabled'
  | 'account_gone';

/** The state of one link. The row holds neither the raw token nor anything from which the token could be made. */
export interface TokenRow {
  readonly tokenHash: TokenHash;
  readonly kid: string;
  readonly purpose: TokenPurpose;
  readonly requestId: RequestId;
  readonly userId: UserId;
  /** HMAC of the stored address that the link was sent to. A changed address voids the link. */
  readonly addressHmac: string;
  /**
   * HMAC of the password hash that was stored at minting. A changed password voids the link, whichever program changed it
   * (decision 19).
   */
  readonly credentialHmac: string;
  readonly attemptsMade: number;
  readonly busyUntil: Date | null;
  /** Id of the reservation that lasts until `busyUntil`. */
  readonly reservationId: string | null;
  readonly redeemedAt: Date | null;
  readonly voidedAt: Date | null;
  readonly voidReason: VoidReason | null;
  readonly credentialsAsOf: Date;
  readonly expiresAt: Date;
}

/** A new {@link TokenRow}, as minting writes it. `purgeAt`: when the row may be deleted. */
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
