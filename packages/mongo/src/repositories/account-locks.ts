import { type AccountLocks, DuplicateError } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactly } from '../exactly.ts';
import type { Run } from '../operation.ts';
import type { AccountLockDoc } from '../schemas/account-lock.ts';
import { decodeUserId } from '../user-id.ts';

/** `latchkey_accounts`: two transactions that lock one user's row cannot both commit. */
export const createAccountLocks = ({
  model,
  run,
}: {
  model: Model<AccountLockDoc>;
  run: Run;
}): AccountLocks => ({
  lock: async (userId, at) => {
    const lockRow = () =>
      run((options) =>
        model
          .updateOne(
            { _id: exactly(decodeUserId(userId)) },
            { $set: { lockedAt: at }, $inc: { locks: 1 } },
            { ...options, upsert: true },
          )
          .exec(),
      );

    try {
      await lockRow();
    } catch (error) {
      if (!(error instanceof DuplicateError)) throw error;
      // Two transactions lock one user for the first time. Alone, the row is there now; in a transaction, which that error has ended, this
      // fails as transient and the whole transaction is repeated.
      await lockRow();
    }
  },
});
