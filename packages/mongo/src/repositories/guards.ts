import { DuplicateError, type Guards } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactly } from '../exactly.ts';
import type { Run } from '../operation.ts';
import type { AccountGuardDoc } from '../schemas/account-guard.ts';
import { decodeUserId } from '../user-id.ts';

/** `latchkey_accounts`: two transactions that touch one user's row cannot both commit. */
export const createGuards = ({ model, run }: { model: Model<AccountGuardDoc>; run: Run }): Guards => ({
  touch: async (userId, at) => {
    const touch = () =>
      run((options) =>
        model
          .updateOne(
            { _id: exactly(decodeUserId(userId)) },
            { $set: { touchedAt: at }, $inc: { touches: 1 } },
            { ...options, upsert: true },
          )
          .exec(),
      );

    try {
      await touch();
    } catch (error) {
      if (!(error instanceof DuplicateError)) throw error;
      // Two first touches of one user. Alone, the row is there now; in a transaction, which that error has ended, this
      // fails as transient and the whole transaction is repeated.
      await touch();
    }
  },
});
