import type { DeliveryId, RequestId, UserId } from './ids.ts';
import type { RequestState } from './request.ts';
import type { VoidReason } from './token.ts';

/** Which mail: the link, or the news that it was used. */
export type DeliveryKind = 'password-reset' | 'password-changed';

/** No delivery leaves these again; only `accepted` means that the mail left. */
export const DELIVERY_END_STATES = ['accepted', 'failed', 'dead', 'suppressed', 'expired'] as const;

/** One of {@link DELIVERY_END_STATES}. */
export type DeliveryEndState = (typeof DELIVERY_END_STATES)[number];

/** Did it leave? pending → sending → accepted | deferred | ambiguous | failed; see ARCHITECTURE.md, "Rows and their states". */
export type DeliveryState = 'pending' | 'sending' | 'deferred' | 'ambiguous' | DeliveryEndState;

/** Where in the SMTP dialogue (RFC 5321) a try ended; `render` is before it began. */
export type SendPhase =
  | 'render'
  | 'connect'
  | 'greeting'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'message'
  | 'done';

/** Why a delivery ended without its mail being accepted; a {@link SendClass} is that of its last try. */
export type DeliveryReason =
  | SendClass
  | VoidReason
  | 'no_recipient'
  | 'deadline'
  | 'seed_erased'
  | 'link_redeemed'
  | `request_${RequestState | 'gone'}`;

/** What one try at the mail server came to. `ms` is its duration. */
export interface DeliveryAttempt {
  readonly at: Date;
  readonly provider: string;
  readonly phase: SendPhase;
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
  readonly reason: DeliveryReason | null;
  readonly attemptsMade: number;
  readonly attempts: readonly DeliveryAttempt[];
  readonly leaseId: string | null;
  readonly leaseUntil: Date | null;
  readonly dueAt: Date | null;
  readonly occurredAt: Date;
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
  | 'attemptsMade'
  | 'attempts'
  | 'leaseId'
  | 'leaseUntil'
  | 'dueAt'
  | 'to'
  | 'messageId'
  | 'templateVersion'
  | 'endSessions'
> & { readonly to: string; readonly dueAt: Date; readonly endSessions?: boolean };
