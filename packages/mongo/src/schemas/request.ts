import type { RequestState } from '@latchkey/password-reset';
import { type mongo, Schema } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_requests`. What is settled is removed, not set to null: the partial index lists only what is due. */
export interface RequestDoc {
  _id: string;
  reference: string;
  identifierHmac: string;
  address?: string;
  overLimit: boolean;
  network?: string;
  userAgent?: string;
  locale?: string;
  traceparent?: string;
  state: RequestState;
  reason?: string;
  userId?: StoredUserId;
  seed?: mongo.Binary | Uint8Array;
  kid?: string;
  attempt: number;
  leaseId?: string;
  leaseUntil?: Date;
  dueAt?: Date;
  acceptedAt: Date;
  purgeAt?: Date;
}

/** "Who is it?" */
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
    attempt: { type: Number, required: true },
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
