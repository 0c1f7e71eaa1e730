import { type AccountLocks, DuplicateError } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactly } from '../exactly.ts';
import type { Run } from '../operation.ts';
import type { AccountLockDoc } from '../schemas/account-lock.ts';
import { decodeUserId } from '../user-id.ts';

/** Account locks in `latchkey_accounts`. Two transactions that lock the same user cannot both commit. */
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
      // Another call inserted this user's lock row at the same time. Outside a transaction the row exists now, so the second
      // update succeeds. Inside a transaction the duplicate key has ended the transaction; this call then fails with a
      // transient error and the whole transaction is repeated.
      await lockRow();
    }
  },
});
