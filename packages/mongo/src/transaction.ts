import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '@latchkey/password-reset';
import type { Connection, mongo } from 'mongoose';
import { hasLabel, isMomentary, translate } from './driver-errors.ts';
import { backoffMs, type CallOptions, type Run, withinDeadline } from './operation.ts';

export interface TransactionLimits {
  /** Deadline of one call to the driver. */
  readonly operationTimeoutMs: number;
  /** How long a transaction that keeps losing to others is repeated. */
  readonly transactionTimeoutMs: number;
}

/** Runs `work` as one transaction, given the `Run` that binds calls to it. */
export type Transact = <T>(work: (run: Run) => Promise<T>) => Promise<T>;

const COMMIT_BACKOFF_MS = 250;

const optionsWithin = (operationTimeoutMs: number): mongo.TransactionOptions => ({
  readConcern: { level: 'snapshot' },
  readPreference: 'primary',
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: operationTimeoutMs },
  maxCommitTimeMS: operationTimeoutMs,
});

/**
 * The driver's `withTransaction` goes on for up to 120 s and cannot be told otherwise (7.8), so the loop is ours, by the same
 * specification. Write conflicts are repeated until `transactionTimeoutMs`, and so is, before the commit, whatever looks like
 * a moment's loss of connections: nothing of it was kept, and the driver marks only some of it (not a pool that it emptied).
 * Once the database is away, what is left of one call's time is all that remains. An `UnavailableError` while committing
 * leaves open whether the transaction was kept.
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
          // Not every code that a server marks so is one we know as "away"; asking must come to an end all the same.
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

    /** Ends the session; when a call still hangs, after it, so that nothing of the transaction stays open on the server. */
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

/** A conflict not won in time, or a commit whose end nobody tells, is a "try again later"; the rest is passed on as it is. */
const asOutcome = (error: unknown): unknown =>
  !(error instanceof UnavailableError) && OPEN_ENDS.some((label) => hasLabel(error, label))
    ? new UnavailableError('a transaction kept losing to others, or its commit went unanswered', {
        cause: error,
      })
    : error;

const OPEN_ENDS = ['TransientTransactionError', 'UnknownTransactionCommitResult'];
