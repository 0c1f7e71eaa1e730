import type { DeliveryId, RequestId, UserId } from './ids.ts';
import type { RequestState } from './request.ts';
import type { VoidReason } from './token.ts';

/** Which mail: the link, or the notice that the password was changed. */
export type DeliveryKind = 'password-reset' | 'password-changed';

/** The end states of a delivery. Only `accepted` means that the relay took the mail. */
export const DELIVERY_END_STATES = ['accepted', 'failed', 'dead', 'suppressed', 'expired'] as const;

/** One of {@link DELIVERY_END_STATES}. */
export type DeliveryEndState = (typeof DELIVERY_END_STATES)[number];

/**
 * The state of a delivery: pending → sending → accepted | deferred | ambiguous | failed | dead; see ARCHITECTURE.md, "Rows and their
 * states".
 */
export type DeliveryState = 'pending' | 'sending' | 'deferred' | 'ambiguous' | DeliveryEndState;

/** The step of the SMTP dialogue (RFC 5321) in which an attempt ended; `render` comes before the dialogue. */
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

/** Why a delivery ended without an accepted mail. A {@link SendClass} is the class of its last attempt. */
export type DeliveryReason =
  | SendClass
  | VoidReason
  | 'no_recipient'
  | 'deadline'
  | 'seed_erased'
  | 'link_redeemed'
  | `request_${RequestState | 'gone'}`;

/** The result of one attempt at the relay. `ms` is its duration. */
export interface DeliveryAttempt {
  readonly at: Date;
  readonly provider: string;
  readonly phase: SendPhase;
  /** SMTP reply code; null when there was no reply. */
  readonly code: number | null;
  /** RFC 3463 status, for instance `5.1.1`. */
  readonly enhancedCode: string | null;
  readonly class: SendClass;
  readonly ms: number;
}

/**
 * accepted: the relay took the mail. transient: the relay did not take it, and a later attempt may succeed. permanent: no later
 * attempt will succeed. ambiguous: sending had begun and no answer came, so the mail may have arrived (decision 28).
 * configuration: this installation is wrong (credentials, TLS, sender), so the mail is retried and an operator should be alerted.
 */
export type SendClass = 'accepted' | 'transient' | 'permanent' | 'ambiguous' | 'configuration';

/** One mail, with everything that a later attempt needs to send the same mail again. */
export interface DeliveryRow {
  readonly deliveryId: DeliveryId;
  readonly requestId: RequestId;
  readonly kind: DeliveryKind;
  readonly userId: UserId;
  readonly channel: 'email';
  /** The recipient; null once the delivery has ended. */
  readonly to: string | null;
  /** The recipient as the log shows it: `b***@e***.com`. */
  readonly maskedTo: string;
  /** Display name for the greeting; null once the delivery has ended. */
  readonly name: string | null;
  /** Set by the first claim, like `messageId`, because only the worker knows templates and sender (decision 20). */
  readonly templateVersion: number | null;
  /** The language of the account, or else of the request (BCP 47); not yet matched with the supported languages. */
  readonly locale: string | null;
  /** Set by the first claim. `messageId`, `date` and `boundary` make a repeated mail the same byte for byte. */
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
  /** No attempt is made after this time: the end of the link, or for a notice one day after the reset. */
  readonly deadline: Date;
  /** True only for a notice, as long as sessions that a login opened during the reset still have to be ended (decision 43). */
  readonly endSessions: boolean;
  readonly traceparent: string | null;
}

/** A new {@link DeliveryRow}. Claims and results set the fields that are left out. */
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
