import { Schema } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_accounts`: never the host's data, only something for two transactions of one user to collide on. */
export interface AccountGuardDoc {
  _id: StoredUserId;
  touchedAt: Date;
  touches: number;
}

/** The guard row of a user. */
export const accountGuardSchema = new Schema<AccountGuardDoc>(
  {
    _id: { type: Schema.Types.Mixed, required: true },
    touchedAt: { type: Date, required: true },
    touches: { type: Number, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_accounts' },
);
