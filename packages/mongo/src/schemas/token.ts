import type { TokenRow } from '@latchkey/password-reset';
import { Schema } from 'mongoose';
import type { StoredRow } from '../row-codec.ts';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_tokens`; `_id` is the SHA-256 of the raw token. The raw token is never stored. */
export type TokenDoc = StoredRow<TokenRow, 'tokenHash'> & { purgeAt: Date };

/** The token: whether its link may still set a password. */
export const tokenSchema = new Schema<TokenDoc>(
  {
    _id: { type: String, required: true },
    kid: { type: String, required: true },
    purpose: { type: String, required: true },
    requestId: { type: String, required: true },
    userId: { type: Schema.Types.Mixed, required: true },
    addressHmac: { type: String, required: true },
    credentialHmac: { type: String, required: true },
    attemptsMade: { type: Number, required: true },
    busyUntil: Date,
    reservationId: String,
    redeemedAt: Date,
    voidedAt: Date,
    voidReason: String,
    credentialsAsOf: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    purgeAt: { type: Date, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_tokens' },
);

tokenSchema.index({ userId: 1, expiresAt: 1 });
tokenSchema.index({ purgeAt: 1 }, { expireAfterSeconds: 0 });
