import { DuplicateError, type Leases } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactText } from '../exactly.ts';
import type { Run } from '../operation.ts';
import type { LeaseDoc } from '../schemas/lease.ts';

/** `latchkey_leases`: one row per singleton duty. */
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
      // Somebody else's lease did not match, so the upsert tried to insert a second row of the same name.
      if (error instanceof DuplicateError) return false;
      throw error;
    }
  },
});
