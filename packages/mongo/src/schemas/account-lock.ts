import { Schema } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_accounts`: never the host's data, only a row of which two transactions about one user cannot both commit a change. */
export interface AccountLockDoc {
  _id: StoredUserId;
  lockedAt: Date;
  locks: number;
}

/** The account lock: a row that every transaction about one user writes. */
export const accountLockSchema = new Schema<AccountLockDoc>(
  {
    _id: { type: Schema.Types.Mixed, required: true },
    lockedAt: { type: Date, required: true },
    locks: { type: Number, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_accounts' },
);
