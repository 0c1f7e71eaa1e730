import { Schema } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';
import { ROW_OPTIONS } from './row.ts';

/**
 * One row of `latchkey_accounts`. It holds no data of the host application. Two transactions about one user both write this
 * row, so only one of them can commit.
 */
export interface AccountLockDoc {
  _id: StoredUserId;
  lockedAt: Date;
  locks: number;
}

/** The account lock: every transaction about a user writes that user's row. */
export const accountLockSchema = new Schema<AccountLockDoc>(
  {
    _id: { type: Schema.Types.Mixed, required: true },
    lockedAt: { type: Date, required: true },
    locks: { type: Number, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_accounts' },
);
