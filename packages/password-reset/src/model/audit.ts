import type { RequestId, UserId } from './ids.ts';

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
