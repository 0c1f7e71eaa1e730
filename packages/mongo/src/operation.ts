import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import pTimeout from 'p-timeout';
import { isMomentary, NoAnswerError, translate } from './driver-errors.ts';

/** What every call to the driver is given: the transaction it belongs to, or how long the server may take. */
export interface CallOptions {
  session?: mongo.ClientSession;
  maxTimeMS?: number;
}

/**
 * Runs one call to the driver within a deadline and translates its errors. Repositories reach the database through this
 * alone, so it is what binds them to a transaction. `again` tells a call that was made before and whose answer was lost: it
 * may have taken effect, so what fails now because of that has to be recognised as one's own.
 */
export type Run = <T>(call: (options: CallOptions, again: boolean) => Promise<T>) => Promise<T>;

const SLOWEST_BACKOFF_MS = 250;
/** How long to wait before a further try; random, so that those who failed together do not come back together. */
export const backoffMs = (attempt: number): number =>
  Math.random() * Math.min(5 * 1.5 ** attempt, SLOWEST_BACKOFF_MS);

/**
 * Rejects when `work` has no outcome in time. The driver has no deadline of its own that covers a frozen server (its
 * `timeoutMS` has no effect in 7.8, a socket timeout is followed by retries), so the call itself goes on in the background
 * until the driver's monitor closes its socket.
 */
export const withinDeadline = <T>(work: Promise<T>, timeoutMs: number): Promise<T> =>
  pTimeout(work, {
    // A transaction may have no time left; p-timeout refuses 0.
    milliseconds: Math.max(1, timeoutMs),
    fallback: () => {
      throw new NoAnswerError(timeoutMs);
    },
  });

/**
 * Calls that stand alone, outside any transaction. The driver repeats one after a lost connection once; here it goes on while
 * time is left, since a network that drops connections drops the next one, too. Every call may be repeated: reads, and
 * updates whose condition no longer holds once they took effect. The server is told to stop at the deadline, too: a write waits for as
 * long as somebody's open transaction holds its document, which after a killed worker is a whole minute, and would keep its
 * connection from the pool all the while. (Inside a transaction a write waits for nothing; it conflicts.)
 */
export const createRun =
  (timeoutMs: number): Run =>
  async (call) => {
    const endsAt = performance.now() + timeoutMs;
    const timeLeft = (): number => Math.max(1, Math.ceil(endsAt - performance.now()));

    for (let attempt = 0; ; attempt += 1) {
      try {
        return await withinDeadline(call({ maxTimeMS: timeLeft() }, attempt > 0), timeLeft());
      } catch (error) {
        const pauseMs = backoffMs(attempt);
        if (!isMomentary(error) || timeLeft() <= pauseMs) throw translate(error);
        await sleep(pauseMs);
      }
    }
  };

/** One conditional update: whether its condition held. */
export const won = async (
  run: Run,
  update: (options: CallOptions) => Promise<{ readonly matchedCount: number }>,
): Promise<boolean> => (await run(update)).matchedCount === 1;
