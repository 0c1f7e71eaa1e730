import type { RequestId, UserId } from './ids.ts';

/** No request leaves these again. */
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

/** Who is it? accepted → claimed → (an end state | minted); minted → redeemed | link_expired. */
export type RequestState = 'accepted' | 'claimed' | 'minted' | RequestEndState;

/** Why an account that exists gets no link. Never shown to the asker. */
export type IneligibleReason =
  | 'ambiguous_account'
  | 'disabled'
  | 'no_password'
  | 'unsupported_hash'
  | 'no_address';

/** Why a request for an account that could have a link sends none. Never shown to the asker. */
export type SilenceReason =
  /** Three links are open, and nobody needs a fourth. */
  | 'too_many_live_links'
  /** Over the limit, with a link that lasts. */
  | 'live_link'
  /** Many links today, and the last mail is not 30 minutes old. */
  | 'recent_mail'
  /** Over the limit, and the mailbox refused the last three mails. */
  | 'refused_mails';

/** Why a request ended without a mail, where its state alone does not say it. */
export type RequestReason = IneligibleReason | SilenceReason;

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
  readonly reason: RequestReason | null;
  readonly userId: UserId | null;
  /** 16 random bytes, from minting until the delivery ends; without it no key rebuilds the link. */
  readonly seed: Uint8Array | null;
  /** Which key the link is derived with; fixed at minting. */
  readonly kid: string | null;
  readonly attemptsMade: number;
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
