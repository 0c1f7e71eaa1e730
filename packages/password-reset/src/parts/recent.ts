import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** The times that the latest pieces of real work took in this process. Work that only imitates them draws its times from here. */
export interface Recent<T> {
  /** Keeps `times` under `key`, in place of an earlier entry of that key. */
  remember(key: string, times: T): void;
  forget(): void;
  /** One entry at random; undefined when there is none. */
  draw(): T | undefined;
}

/** Number of keys. Enough to cover how much the times of a relay vary, few enough to follow a relay that has just become slow. */
const REMEMBERED = 50;

export const createRecent = <T>(): Recent<T> => {
  // A map keeps the order of insertion, so the oldest entry is the first.
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

/**
 * Longest time that is imitated, in milliseconds. Work that took longer met an outage, and there is no reason to imitate an
 * outage.
 */
const LONGEST_MS = 2_000;

/** Waits for `ms` milliseconds, at most {@link LONGEST_MS}; ends at once when the process is asked to stop. */
export const takeTime = async (ms: number, stopping: AbortSignal): Promise<void> => {
  if (ms > 0) await delay(Math.min(ms, LONGEST_MS), undefined, { signal: stopping }).catch(() => undefined);
};
