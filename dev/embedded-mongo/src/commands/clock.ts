import type { Doc } from '../bson/document.ts';
import { Fault, maxTimeExpired } from '../errors.ts';
import { WriteBlocked } from '../store/blocked.ts';
import { countArgument } from './arguments.ts';
import type { Call } from './command.ts';

/** The clock of one command. Throws when its time is over or its client has disconnected. */
export const clockOf = (body: Doc, signal: AbortSignal) => {
  const ms = countArgument(body['maxTimeMS'], 'maxTimeMS', 0);
  const deadline = ms > 0 ? performance.now() + ms : Number.POSITIVE_INFINITY;
  const check = (): void => {
    if (signal.aborted) throw new Fault(11601, 'Interrupted', 'the client has disconnected');
    if (performance.now() > deadline) throw maxTimeExpired();
  };
  /** Settles with the promise, or rejects when the time is over or the client disconnects first. */
  const wait = (until: Promise<void>): Promise<void> =>
    new Promise((resolve) => {
      const timer = Number.isFinite(deadline)
        ? setTimeout(done, deadline - performance.now() + 1)
        : undefined;
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
      void until.then(done);
    });
  return { check, wait };
};

/** Repeats a write after the transactions that hold its documents have ended, until it succeeds. */
export const createWhenFree =
  ({ check, wait }: ReturnType<typeof clockOf>): Call['whenFree'] =>
  (attempt) => {
    const again = async (blocked: WriteBlocked): Promise<ReturnType<typeof attempt>> => {
      for (let until = blocked.until; ; ) {
        await wait(until);
        check();
        try {
          return attempt();
        } catch (error) {
          if (!(error instanceof WriteBlocked)) throw error;
          until = error.until;
        }
      }
    };
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof WriteBlocked)) throw error;
      return again(error);
    }
  };
