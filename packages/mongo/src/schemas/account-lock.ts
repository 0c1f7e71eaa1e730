import { Schema } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';
import { ROW_OPTIONS } from './row.ts';

/**
 * One row of `latchkey_accounts`. It holds no data of the host application. Every transaction that mints or redeems a link
 * writes it, so two of them for one user cannot both commit (decision 5).
 */
export interface AccountLockDoc {
  _id: StoredUserId;
  lockedAt: Date;
  locks: number;
}

/** The schema of {@link AccountLockDoc}. */
export const accountLockSchema = new Schema<AccountLockDoc>(
  {
    _id: { type: Schema.Types.Mixed, required: true },
    lockedAt: { type: Date, required: true },
    locks: { type: Number, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_accounts' },
);
