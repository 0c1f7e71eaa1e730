import { Schema } from 'mongoose';
import { ROW_OPTIONS } from './row.ts';

/** One row of `latchkey_leases`: who does a duty that only one process may do. */
export interface LeaseDoc {
  _id: string;
  owner: string;
  until: Date;
}

/** A singleton duty. */
export const leaseSchema = new Schema<LeaseDoc>(
  {
    _id: { type: String, required: true },
    owner: { type: String, required: true },
    until: { type: Date, required: true },
  },
  { ...ROW_OPTIONS, collection: 'latchkey_leases' },
);
