import type { RequestId, UserId } from './ids.ts';

/** The end states of a request. */
const REQUEST_END_STATES = [
  'no_account',
  'ineligible',
  'over_limit',
  'expired',
  'redeemed',
  'link_expired',
] as const;

/** One of {@link REQUEST_END_STATES}. */
export type RequestEndState = (typeof REQUEST_END_STATES)[number];

/** The state of a request: accepted → claimed → (an end state | minted); minted → redeemed | link_expired. */
export type RequestState = 'accepted' | 'claimed' | 'minted' | RequestEndState;

/** Why an account that exists gets no link. Never part of an answer of the API. */
export type IneligibleReason =
  | 'ambiguous_account'
  | 'disabled'
  | 'no_password'
  | 'unsupported_hash'
  | 'no_address';

/** Why a request sends no link although its account may have one. Never part of an answer of the API. */
export type SilenceReason =
  /** The account has three open links already: live links whose mails have arrived or may still arrive (decision 5). */
  | 'too_many_live_links'
  /** The account is over its limit and has an open link that does not end soon (decision 32). */
  | 'live_link'
  /** The account had twelve links in 24 hours, and a mail of the last 30 minutes may have arrived (decision 39). */
  | 'recent_mail'
  /** The account is over its limit, and the mailbox refused the last three mails (decision 39). */
  | 'refused_mails';

/** Why a request ended without a mail, for states that do not tell the reason. */
export type RequestReason = IneligibleReason | SilenceReason;

/** One call of `requestPasswordReset`. The API writes it before the worker looks up the account. */
export interface RequestRow {
  readonly requestId: RequestId;
  /** `R-XXXX-XXXX`, for support. It gives access to nothing. */
  readonly reference: string;
  readonly identifierHmac: string;
  /** The typed address; null once the request is minted or has ended. */
  readonly address: string | null;
  readonly overLimit: boolean;
  /** The network as an HMAC or truncated, by the setting NETWORK_STORAGE. */
  readonly network: string | null;
  readonly userAgent: string | null;
  readonly locale: string | null;
  readonly traceparent: string | null;
  readonly state: RequestState;
  readonly reason: RequestReason | null;
  readonly userId: UserId | null;
  /** 16 random bytes from minting until the delivery ends. Without the seed no key can rebuild the link (decision 3). */
  readonly seed: Uint8Array | null;
  /** Id of the key that the token is derived with; set at minting. */
  readonly kid: string | null;
  readonly attemptsMade: number;
  readonly leaseId: string | null;
  readonly leaseUntil: Date | null;
  readonly dueAt: Date | null;
  readonly acceptedAt: Date;
  /** When the row may be deleted: RETENTION or more after its end. Null until then. */
  readonly purgeAt: Date | null;
}

/** A new {@link RequestRow}, as the API writes it. */
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
