import type { DeliveryKind, DeliveryReason, DeliveryState } from './delivery.ts';
import type { RequestId, UserId } from './ids.ts';
import type { RequestReason, RequestState } from './request.ts';

/** The result of an event. For a mail: its kind, and its reason or state. */
export type AuditOutcome =
  | RequestState
  | RequestReason
  | 'password_reset'
  | 'voided'
  | 'exhausted'
  | `${DeliveryKind}: ${DeliveryReason | DeliveryState}`;

/** One fact for the audit, without secrets and without addresses (OWASP Logging Cheat Sheet). */
export interface AuditEvent {
  readonly event: 'requested' | 'sent' | 'failed' | 'redeemed' | 'reuse' | 'expired' | 'suppressed';
  readonly at: Date;
  readonly requestId: RequestId | null;
  readonly userId: UserId | null;
  readonly network: string | null;
  readonly userAgent: string | null;
  readonly outcome: AuditOutcome;
}
