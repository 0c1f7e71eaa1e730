import type { mongo } from 'mongoose';
import { NoAnswerError, translate } from './driver-errors.ts';

/** What every call to the driver is given: the transaction it belongs to, or how long the server may take. */
export interface CallOptions {
  session?: mongo.ClientSession;
  maxTimeMS?: number;
}

/**
 * Runs one call to the driver within a deadline and translates its errors. Repositories reach the database through this
 * alone, so it is what binds them to a transaction.
 */
export type Run = <T>(call: (options: CallOptions) => Promise<T>) => Promise<T>;

/**
 * Rejects when `work` has no outcome in time. The driver has no deadline of its own that covers a frozen server (its
 * `timeoutMS` has no effect in 7.8, a socket timeout is followed by retries), so the call itself goes on in the background
 * until the driver's monitor closes its socket.
 */
export const withinDeadline = async <T>(work: Promise<T>, timeoutMs: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError(timeoutMs)), timeoutMs);
  });
  work.catch(() => {});

  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Calls that stand alone, outside any transaction. The server is told to stop at the deadline, too: a write waits for as
 * long as somebody's open transaction holds its document, which after a killed worker is a whole minute, and would keep its
 * connection from the pool all the while. (Inside a transaction a write waits for nothing; it conflicts.)
 */
export const createRun =
  (timeoutMs: number): Run =>
  async (call) => {
    try {
      return await withinDeadline(call({ maxTimeMS: timeoutMs }), timeoutMs);
    } catch (error) {
      throw translate(error);
    }
  };
