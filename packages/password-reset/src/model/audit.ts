import type { DeliveryKind, DeliveryReason, DeliveryState } from './delivery.ts';
import type { RequestId, UserId } from './ids.ts';
import type { RequestReason, RequestState } from './request.ts';

/** What came of it. Of a mail: which one, and its reason or state. */
export type AuditOutcome =
  | RequestState
  | RequestReason
  | 'link_expired'
  | 'password_reset'
  | 'voided'
  | 'used'
  | 'exhausted'
  | `${DeliveryKind}: ${DeliveryReason | DeliveryState}`;

/** Facts worth keeping, without secrets or addresses (OWASP Logging Cheat Sheet). */
export interface AuditEvent {
  readonly event: 'requested' | 'sent' | 'failed' | 'redeemed' | 'reuse' | 'expired' | 'suppressed';
  readonly at: Date;
  readonly requestId: RequestId | null;
  readonly userId: UserId | null;
  readonly network: string | null;
  readonly userAgent: string | null;
  readonly outcome: AuditOutcome;
}
