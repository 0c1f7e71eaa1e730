import type { AuditEvent, AuditOutcome } from '../model/audit.ts';
import type { UserId } from '../model/ids.ts';
import type { RequestRow } from '../model/request.ts';

/** The audit row of a request, written in the transaction that decides its outcome. */
export const requestedEvent = (
  row: RequestRow,
  outcome: AuditOutcome,
  userId: UserId | null,
): AuditEvent => ({
  event: 'requested',
  at: row.acceptedAt,
  requestId: row.requestId,
  userId,
  network: row.network,
  userAgent: row.userAgent,
  outcome,
});
