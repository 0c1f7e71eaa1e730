import { Schema } from 'mongoose';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_leases`: which process does a duty that only one process may do, and until when. */
export interface LeaseDoc {
  _id: string;
  owner: string;
  until: Date;
}

/** The lease on such a duty. */
export const leaseSchema = new Schema<LeaseDoc>(
  {
    _id: { type: String, required: true },
    owner: { type: String, required: true },
    until: { type: Date, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_leases' },
);
