import type { DeliveryAttempt, DeliveryRow } from '@latchkey/password-reset';
import { Schema } from 'mongoose';
import type { StoredRow } from '../row-codec.ts';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_deliveries`; `_id` is `<requestId>:<kind>`. */
export type DeliveryDoc = StoredRow<DeliveryRow, 'deliveryId'> & { purgeAt?: Date };

const attemptSchema = new Schema<DeliveryAttempt>(
  {
    at: { type: Date, required: true },
    provider: String,
    phase: String,
    code: Number,
    enhancedCode: String,
    class: { type: String, required: true },
    ms: { type: Number, required: true },
  },
  { ...ROW_OPTIONS, _id: false },
);

/** The delivery: one mail, its state, and every attempt to send it. */
export const deliverySchema = new Schema<DeliveryDoc>(
  {
    _id: { type: String, required: true },
    requestId: { type: String, required: true },
    kind: { type: String, required: true },
    userId: { type: Schema.Types.Mixed, required: true },
    channel: { type: String, required: true },
    to: String,
    maskedTo: { type: String, required: true },
    name: String,
    templateVersion: Number,
    locale: String,
    messageId: String,
    date: { type: Date, required: true },
    boundary: { type: String, required: true },
    state: { type: String, required: true },
    reason: String,
    attemptsMade: { type: Number, required: true },
    attempts: { type: [attemptSchema], required: true },
    leaseId: String,
    leaseUntil: Date,
    dueAt: Date,
    occurredAt: { type: Date, required: true },
    deadline: { type: Date, required: true },
    endSessions: Boolean,
    traceparent: String,
    purgeAt: Date,
  },
  { ...ROW_OPTIONS, collection: 'latchkey_deliveries' },
);

deliverySchema.index({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $exists: true } } });
deliverySchema.index({ messageId: 1 });
deliverySchema.index({ purgeAt: 1 }, { expireAfterSeconds: 0 });
