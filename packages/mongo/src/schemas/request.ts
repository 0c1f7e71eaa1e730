import type { RequestRow } from '@latchkey/password-reset';
import { type mongo, Schema } from 'mongoose';
import type { StoredRow } from '../row-codec.ts';
import { ROW_OPTIONS } from './row.ts';

/**
 * One row of `latchkey_requests`. Fields that are no longer needed are removed, not set to null, so that the partial index
 * contains only due rows.
 */
export type RequestDoc = StoredRow<Omit<RequestRow, 'seed'>, 'requestId'> & {
  seed?: mongo.Binary | Uint8Array;
};

/** The request: what was asked for, and the account once it is known. */
export const requestSchema = new Schema<RequestDoc>(
  {
    _id: { type: String, required: true },
    reference: { type: String, required: true },
    identifierHmac: { type: String, required: true },
    address: String,
    overLimit: { type: Boolean, required: true },
    network: String,
    userAgent: String,
    locale: String,
    traceparent: String,
    state: { type: String, required: true },
    reason: String,
    userId: Schema.Types.Mixed,
    seed: Schema.Types.Buffer,
    kid: String,
    attemptsMade: { type: Number, required: true },
    leaseId: String,
    leaseUntil: Date,
    dueAt: Date,
    acceptedAt: { type: Date, required: true },
    purgeAt: Date,
  },
  { ...ROW_OPTIONS, collection: 'latchkey_requests' },
);

requestSchema.index({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $exists: true } } });
requestSchema.index({ identifierHmac: 1, acceptedAt: 1 });
requestSchema.index({ purgeAt: 1 }, { expireAfterSeconds: 0 });
