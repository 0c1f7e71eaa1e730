import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** What the latest pieces of real work took of this process, for those that only take the time of one. */
export interface Recent<T> {
  /** Replaces what was remembered under the same key. */
  remember(key: string, times: T): void;
  forget(): void;
  /** One of them at random; undefined when there was none yet. */
  draw(): T | undefined;
}

/** Keys: enough for the spread of a relay's answers, few enough to follow a relay that has just become slow. */
const REMEMBERED = 50;

export const createRecent = <T>(): Recent<T> => {
  // A map keeps the order of insertion: the oldest entry is the first.
  const recent = new Map<string, T>();

  return {
    remember: (key, times) => {
      recent.delete(key);
      recent.set(key, times);
      const [oldest] = recent.keys();
      if (recent.size > REMEMBERED && oldest !== undefined) recent.delete(oldest);
    },
    forget: () => recent.clear(),
    draw: () => (recent.size > 0 ? [...recent.values()][randomInt(recent.size)] : undefined),
  };
};

/** What took longer than this met an outage; nobody has to sit through it a second time. */
const LONGEST_MS = 2_000;

/** Lets so much time pass, nothing if it has passed already, and no more once the process is asked to stop. */
export const takeTime = async (ms: number, stopping: AbortSignal): Promise<void> => {
  if (ms > 0) await delay(Math.min(ms, LONGEST_MS), undefined, { signal: stopping }).catch(() => undefined);
};
