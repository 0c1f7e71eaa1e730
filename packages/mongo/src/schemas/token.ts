import type { TokenPurpose, VoidReason } from '@latchkey/password-reset';
import { Schema } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_tokens`; `_id` is the SHA-256 of the raw token, which is nowhere in the database. */
export interface TokenDoc {
  _id: string;
  kid: string;
  purpose: TokenPurpose;
  requestId: string;
  userId: StoredUserId;
  addressHmac: string;
  credentialHmac: string;
  attempts: number;
  busyUntil?: Date;
  reservationId?: string;
  usedAt?: Date;
  voidedAt?: Date;
  voidReason?: VoidReason;
  mintedAt: Date;
  expiresAt: Date;
  purgeAt: Date;
}

/** "May this link still set a password?" */
export const tokenSchema = new Schema<TokenDoc>(
  {
    _id: { type: String, required: true },
    kid: { type: String, required: true },
    purpose: { type: String, required: true },
    requestId: { type: String, required: true },
    userId: { type: Schema.Types.Mixed, required: true },
    addressHmac: { type: String, required: true },
    credentialHmac: { type: String, required: true },
    attempts: { type: Number, required: true },
    busyUntil: Date,
    reservationId: String,
    usedAt: Date,
    voidedAt: Date,
    voidReason: String,
    mintedAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    purgeAt: { type: Date, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_tokens' },
);

tokenSchema.index({ userId: 1, expiresAt: 1 });
tokenSchema.index({ purgeAt: 1 }, { expireAfterSeconds: 0 });
