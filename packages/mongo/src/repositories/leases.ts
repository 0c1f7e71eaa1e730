import { DuplicateError, type Leases } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactText } from '../exactly.ts';
import type { Run } from '../operation.ts';
import type { LeaseDoc } from '../schemas/lease.ts';

/** Leases in `latchkey_leases`: one row for each duty that only one process may do. */
export const createLeases = ({ model, run }: { model: Model<LeaseDoc>; run: Run }): Leases => ({
  hold: async ({ name, owner, now, until }) => {
    try {
      await run((options) =>
        model
          .updateOne(
            { _id: exactText(name), $or: [{ owner: exactText(owner) }, { until: { $lte: now } }] },
            { $set: { owner, until } },
            { ...options, upsert: true },
          )
          .exec(),
      );
      return true;
    } catch (error) {
      // Another process holds the lease: the filter did not match, so the upsert tried to insert a second row of the same name.
      if (error instanceof DuplicateError) return false;
      throw error;
    }
  },
});
