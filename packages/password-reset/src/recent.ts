import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** What the latest pieces of real work took of this process, for those that only take the time of one. */
export interface Recent<T> {
  remember(times: T): void;
  /** One of them at random; undefined when there was none yet. */
  draw(): T | undefined;
}

/** Enough for the spread of a relay's answers, few enough to follow a relay that has just become slow. */
const REMEMBERED = 50;

export const createRecent = <T>(): Recent<T> => {
  const recent: T[] = [];
  let next = 0;

  return {
    remember: (times) => {
      recent[next] = times;
      next = (next + 1) % REMEMBERED;
    },
    draw: () => (recent.length > 0 ? recent[randomInt(recent.length)] : undefined),
  };
};

/** What took longer than this met an outage; nobody has to sit through it a second time. */
const LONGEST_MS = 2_000;

/** Lets so much time pass, nothing if it has passed already, and no more once the process is asked to stop. */
export const takeTime = async (ms: number, stopping: AbortSignal): Promise<void> => {
  if (ms > 0) await delay(Math.min(ms, LONGEST_MS), undefined, { signal: stopping }).catch(() => undefined);
};
