/**
 * The words of the flow: rows as the core sees them. Adapters translate to and from their own storage; nothing here knows
 * how a row is kept. All dates are UTC instants.
 */

/** 128 random bits as 32 lower-case hex digits. Random, so it can be a shard key and tells nothing about volume. */
export type RequestId = string;
/** `<requestId>:<kind>`. */
export type DeliveryId = string;
/** Opaque to the core: the host's `_id` in a form that the adapter can turn back into the stored value. */
export type UserId = string;
/** SHA-256 of the raw token, 64 lower-case hex digits. */
export type TokenHash = string;

/** Which mail: the link, or the news that it was used. */
export type DeliveryKind = 'password-reset' | 'password-changed';
/** What a token is for; part of its derivation, so that one purpose's token never opens another. */
export type TokenPurpose = 'password-reset';

/** No request leaves these again. */
export const REQUEST_END_STATES = [
  'no_account',
  'ineligible',
  'over_limit',
  'expired',
  'redeemed',
  'lapsed',
] as const;
/** One of {@link REQUEST_END_STATES}. */
export type RequestEndState = (typeof REQUEST_END_STATES)[number];
/** Who is it? accepted → claimed → (an end state | minted); minted → redeemed | lapsed. */
export type RequestState = 'accepted' | 'claimed' | 'minted' | RequestEndState;

/** Why an account that exists gets no link. Never shown to the asker. */
export type IneligibleReason =
  | 'ambiguous_account'
  | 'disabled'
  | 'no_password'
  | 'unsupported_hash'
  | 'no_address';

/** No delivery leaves these again; only `accepted` means that the mail left. */
export const DELIVERY_END_STATES = ['accepted', 'failed', 'dead', 'suppressed', 'expired'] as const;
/** One of {@link DELIVERY_END_STATES}. */
export type DeliveryEndState = (typeof DELIVERY_END_STATES)[number];
/** Did it leave? pending → sending → accepted | deferred | ambiguous | failed; see architecture, "States". */
export type DeliveryState = 'pending' | 'sending' | 'deferred' | 'ambiguous' | DeliveryEndState;

/** Why a link died unused. */
export type VoidReason =
  | 'password_reset'
  | 'password_changed'
  | 'address_changed'
  | 'account_disabled'
  | 'account_gone';

/** One "somebody asked", written before anything else happens. */
export interface RequestRow {
  readonly requestId: RequestId;
  /** `R-XXXX-XXXX`; for support, opens nothing. */
  readonly reference: string;
  readonly identifierHmac: string;
  /** The typed address, until the row is minted or settled. */
  readonly address: string | null;
  readonly overLimit: boolean;
  /** HMAC of the network or its truncated form, by configuration. */
  readonly network: string | null;
  readonly userAgent: string | null;
  readonly locale: string | null;
  readonly traceparent: string | null;
  readonly state: RequestState;
  readonly reason: string | null;
  readonly userId: UserId | null;
  /** 16 random bytes, from minting until the delivery ends; without it no key rebuilds the link. */
  readonly seed: Uint8Array | null;
  /** Which key the link is derived with; fixed at minting. */
  readonly kid: string | null;
  readonly attempt: number;
  readonly leaseId: string | null;
  readonly leaseUntil: Date | null;
  readonly dueAt: Date | null;
  readonly acceptedAt: Date;
  /** RETENTION after it ended; null until then. */
  readonly purgeAt: Date | null;
}

/** What the API writes: a {@link RequestRow} at birth. */
export type NewRequest = Pick<
  RequestRow,
  | 'requestId'
  | 'reference'
  | 'identifierHmac'
  | 'overLimit'
  | 'network'
  | 'userAgent'
  | 'locale'
  | 'traceparent'
  | 'acceptedAt'
> & { readonly address: string; readonly dueAt: Date };

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
  readonly attempts: number;
  readonly busyUntil: Date | null;
  /** Whose reservation lasts until `busyUntil`. */
  readonly reservationId: string | null;
  readonly usedAt: Date | null;
  readonly voidedAt: Date | null;
  readonly voidReason: VoidReason | null;
  readonly mintedAt: Date;
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
  | 'mintedAt'
  | 'expiresAt'
> & { readonly purgeAt: Date };

/** What one try at the mail server came to. `ms` is its duration. */
export interface DeliveryAttempt {
  readonly at: Date;
  readonly provider: string;
  /** Where in the SMTP dialogue it ended: connect, greeting, auth, mail, rcpt, data, message, done. */
  readonly phase: string;
  /** SMTP reply code, or null when there was none. */
  readonly code: number | null;
  /** RFC 3463 status, for instance `5.1.1`. */
  readonly enhancedCode: string | null;
  readonly class: SendClass;
  readonly ms: number;
}

/**
 * accepted: the relay took it. transient: not taken, may work later. permanent: never will. ambiguous: sent, answer lost.
 * configuration: our fault (credentials, TLS, sender), so worth retrying and worth an alarm.
 */
export type SendClass = 'accepted' | 'transient' | 'permanent' | 'ambiguous' | 'configuration';

/** "Did it leave?" One mail, with everything that makes its repetition the same mail. */
export interface DeliveryRow {
  readonly deliveryId: DeliveryId;
  readonly requestId: RequestId;
  readonly kind: DeliveryKind;
  readonly userId: UserId;
  readonly channel: 'email';
  /** Recipient, until settled. */
  readonly to: string | null;
  /** For people who read the log: `b***@e***.com`. */
  readonly maskedTo: string;
  /** Display name for the greeting, until settled. */
  readonly name: string | null;
  /** Fixed by the first claim, as `messageId` is: only the worker knows templates and sender. */
  readonly templateVersion: number | null;
  /** The account's or else the asker's wish (BCP 47), not yet matched against the languages there are. */
  readonly locale: string | null;
  /** Fixed by the first claim; with `date` and `boundary` it makes a repeated mail the same mail byte for byte. */
  readonly messageId: string | null;
  readonly date: Date;
  readonly boundary: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly attempt: number;
  readonly attempts: readonly DeliveryAttempt[];
  readonly leaseId: string | null;
  readonly leaseUntil: Date | null;
  readonly dueAt: Date | null;
  readonly acceptedAt: Date;
  /** After this nothing is sent any more: the link's end, or a day for a notice. */
  readonly deadline: Date;
  /** Of a notice: sessions that a login opened while the reset was being written still have to be ended. */
  readonly endSessions: boolean;
  readonly traceparent: string | null;
}
/** A {@link DeliveryRow} at birth; what is left out is set by claims and results. */
export type NewDelivery = Omit<
  DeliveryRow,
  | 'state'
  | 'reason'
  | 'attempt'
  | 'attempts'
  | 'leaseId'
  | 'leaseUntil'
  | 'dueAt'
  | 'to'
  | 'messageId'
  | 'templateVersion'
  | 'endSessions'
> & { readonly to: string; readonly dueAt: Date; readonly endSessions?: boolean };

/** A user of the host application, read by configured field names. */
export interface Account {
  readonly userId: UserId;
  /** As stored. Mail goes here, never to the typed address. */
  readonly address: string | null;
  /** As stored, whatever its format; null when the user has none (single sign-on). */
  readonly passwordHash: string | null;
  readonly active: boolean;
  readonly locale: string | null;
  readonly name: string | null;
  readonly credentialsChangedAt: Date | null;
  /** What the adapter needs to check, before it writes, that the row is still as it was read. Opaque. */
  readonly asRead: unknown;
}

/** Facts worth keeping, without secrets or addresses (OWASP Logging Cheat Sheet). */
export interface AuditEvent {
  readonly event: 'requested' | 'sent' | 'failed' | 'redeemed' | 'reuse' | 'expired' | 'suppressed';
  readonly at: Date;
  readonly requestId: RequestId | null;
  readonly userId: UserId | null;
  readonly network: string | null;
  readonly userAgent: string | null;
  readonly outcome: string;
}

/** A row whose time has come without anyone having woken it. */
export interface DueWork {
  readonly kind: 'request' | 'delivery';
  readonly id: string;
  readonly attempt: number;
  readonly dueAt: Date;
  readonly traceparent: string | null;
  /** wake_lost: nobody started it. lease_lapsed: somebody did and vanished. link_expired: a minted request to close. */
  readonly reason: 'wake_lost' | 'lease_lapsed' | 'link_expired';
}
