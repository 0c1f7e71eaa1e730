import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import pTimeout from 'p-timeout';
import { isMomentary, NoAnswerError, translate } from './driver-errors.ts';

/** Options of every call to the driver: the session of its transaction, or the time that the server may take. */
export interface CallOptions {
  session?: mongo.ClientSession;
  maxTimeMS?: number;
}

/**
 * Runs one call to the driver within a deadline and translates its errors. Repositories use the database only through a `Run`,
 * so the `Run` decides whether their calls belong to a transaction. `again` is true when an earlier try of this call lost its
 * answer. That try may have taken effect, so the call must recognise its own earlier effect.
 */
export type Run = <T>(call: (options: CallOptions, again: boolean) => Promise<T>) => Promise<T>;

const SLOWEST_BACKOFF_MS = 250;
/** Pause before another try. It is random, so that calls which failed together do not repeat together. */
export const backoffMs = (attempt: number): number =>
  Math.random() * Math.min(5 * 1.5 ** attempt, SLOWEST_BACKOFF_MS);

/**
 * Rejects with `NoAnswerError` when `work` has no outcome in time. The driver has no deadline that covers a frozen server: its
 * `timeoutMS` has no effect in 7.8, and it repeats a call after a socket timeout. So the call itself continues in the
 * background until the driver's monitor closes its socket.
 */
export const withinDeadline = <T>(work: Promise<T>, timeoutMs: number): Promise<T> =>
  pTimeout(work, {
    // A transaction may have no time left, and p-timeout refuses 0.
    milliseconds: Math.max(1, timeoutMs),
    fallback: () => {
      throw new NoAnswerError(timeoutMs);
    },
  });

/**
 * A `Run` for calls outside transactions. After a lost connection the driver repeats a call only once. This `Run` repeats it
 * while time is left, because a network that drops one connection often drops the next one, too. Every call may be repeated: it
 * is a read, a write that may happen twice, or a conditional update, whose condition is false once the update took effect.
 * The server gets the deadline, too (`maxTimeMS`). A write waits while an open transaction holds its document, which after a
 * killed worker takes one minute. Without a limit on the server, the write would keep a connection of the pool for that minute.
 * Inside a transaction a write does not wait but fails with a write conflict.
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

/**
 * Runs one conditional update and resolves to whether its condition was true. When the update took effect and only its answer was
 * lost, the repetition resolves to false: the caller must be able to bear that.
 */
export const won = async (
  run: Run,
  update: (options: CallOptions) => Promise<{ readonly matchedCount: number }>,
): Promise<boolean> => (await run(update)).matchedCount === 1;
