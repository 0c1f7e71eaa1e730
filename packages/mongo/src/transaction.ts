import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '@latchkey/password-reset';
import type { Connection, mongo } from 'mongoose';
import { hasLabel, isMomentary, translate } from './driver-errors.ts';
import { backoffMs, type CallOptions, type Run, withinDeadline } from './operation.ts';

export interface TransactionLimits {
  /** Deadline of one call to the driver, in milliseconds. */
  readonly operationTimeoutMs: number;
  /** How long a transaction is repeated after write conflicts, in milliseconds. */
  readonly transactionTimeoutMs: number;
}

/** Runs `work` as one transaction. Calls belong to the transaction when they use the `Run` that `work` receives. */
export type Transact = <T>(work: (run: Run) => Promise<T>) => Promise<T>;

const COMMIT_BACKOFF_MS = 250;

const optionsWithin = (operationTimeoutMs: number): mongo.TransactionOptions => ({
  readConcern: { level: 'snapshot' },
  readPreference: 'primary',
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: operationTimeoutMs },
  maxCommitTimeMS: operationTimeoutMs,
});

/**
 * Runs a transaction and repeats it by the driver's specification. The loop is written here, because the driver's
 * `withTransaction` repeats for up to 120 s and has no option for a shorter time (7.8).
 *
 * Write conflicts are repeated until `transactionTimeoutMs`. Before the commit, momentary losses of connections are repeated,
 * too: the server kept nothing of the transaction, and the driver marks only some of these errors (not those of a pool that it
 * emptied). From the first call that finds the database away, only the rest of that call's `operationTimeoutMs` is left for
 * tries. After an `UnavailableError` from the commit it is unknown whether the transaction was kept.
 *
 * See docs/decisions/0029.
 */
export const createTransact =
  ({
    connection,
    operationTimeoutMs,
    transactionTimeoutMs,
  }: { connection: Connection } & TransactionLimits): Transact =>
  async (work) => {
    const session = openSession(connection);
    const startedAt = performance.now();
    let awaySince: number | undefined;
    let inFlight: Promise<unknown> | undefined;

    const timeLeft = (): number =>
      awaySince === undefined
        ? operationTimeoutMs
        : Math.max(0, operationTimeoutMs - (performance.now() - awaySince));

    const make = async <T>(call: (options: CallOptions, again: boolean) => Promise<T>): Promise<T> => {
      if (inFlight) throw new Error('the calls of a transaction must be made one after another');
      const calledAt = performance.now();
      const running = call({ session }, false);
      inFlight = running;
      const done = () => {
        if (inFlight === running) inFlight = undefined;
      };
      running.then(done, done);

      try {
        return await withinDeadline(running, timeLeft());
      } catch (error) {
        const translated = translate(error);
        if (translated instanceof UnavailableError) awaySince ??= calledAt;
        throw translated;
      }
    };

    const run: Run = async (call) => {
      const answer = await make(call);
      awaySince = undefined;
      return answer;
    };

    const commit = async (): Promise<void> => {
      for (;;) {
        try {
          return await make(() => session.commitTransaction());
        } catch (error) {
          const openEnd = hasLabel(error, 'UnknownTransactionCommitResult') || isMomentary(error);
          if (!openEnd || inFlight) throw error;
          // A server may mark codes as "commit unknown" that `translate` does not count as "away". The time limit must begin
          // here for those, too, or the commit would be repeated without end.
          awaySince ??= performance.now();
          if (timeLeft() === 0) throw error;
          await sleep(Math.min(COMMIT_BACKOFF_MS, timeLeft()));
        }
      }
    };

    const abort = async (): Promise<void> => {
      if (inFlight || !session.inTransaction()) return;
      await make(() => session.abortTransaction()).catch(() => {});
    };

    /**
     * Ends the session. When a call still hangs, the session ends after that call, so that nothing of the transaction stays
     * open on the server.
     */
    const end = async (): Promise<void> => {
      if (!inFlight) return session.endSession();
      const cleanUp = async (hanging: Promise<unknown>) => {
        await hanging.catch(() => {});
        await session.endSession();
      };
      cleanUp(inFlight).catch(() => {});
    };

    const mayRepeat = (error: unknown, committing: boolean): boolean =>
      !inFlight &&
      (hasLabel(error, 'TransientTransactionError') || (!committing && isMomentary(error))) &&
      timeLeft() > 0 &&
      performance.now() - startedAt < transactionTimeoutMs;

    try {
      for (let attempt = 0; ; attempt += 1) {
        let committing = false;
        session.startTransaction(optionsWithin(operationTimeoutMs));
        try {
          const result = await work(run);
          committing = true;
          await commit();
          return result;
        } catch (error) {
          await abort();
          if (!mayRepeat(error, committing)) throw asOutcome(error);
        }
        await sleep(backoffMs(attempt));
      }
    } finally {
      await end();
    }
  };

const openSession = (connection: Connection): mongo.ClientSession => {
  try {
    return connection.getClient().startSession();
  } catch (error) {
    throw translate(error);
  }
};

/**
 * A write conflict until the time limit, or a commit without a known outcome, becomes `UnavailableError` ("try again later").
 * All other errors are returned unchanged.
 */
const asOutcome = (error: unknown): unknown =>
  !(error instanceof UnavailableError) && OPEN_ENDS.some((label) => hasLabel(error, label))
    ? new UnavailableError('the transaction kept conflicting with others, or its commit got no answer', {
        cause: error,
      })
    : error;

const OPEN_ENDS = ['TransientTransactionError', 'UnknownTransactionCommitResult'];
