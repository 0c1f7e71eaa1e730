import type { AuditEvent } from '@latchkey/password-reset';
import { Schema, type Types } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_audit`, which is only inserted. */
export interface AuditDoc {
  _id: Types.ObjectId;
  event: AuditEvent['event'];
  at: Date;
  requestId?: string;
  userId?: StoredUserId;
  network?: string;
  userAgent?: string;
  outcome: AuditEvent['outcome'];
}

/** The audit row: what happened and when, without secrets and addresses. */
export const auditSchema = new Schema<AuditDoc>(
  {
    _id: { type: Schema.Types.ObjectId, auto: true },
    event: { type: String, required: true },
    at: { type: Date, required: true },
    requestId: String,
    userId: Schema.Types.Mixed,
    network: String,
    userAgent: String,
    outcome: { type: String, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_audit' },
);

auditSchema.index({ at: 1 });
auditSchema.index({ userId: 1 });
auditSchema.index({ requestId: 1 });
