import { LRUCache } from 'lru-cache';

/** The count of a key in its window, including this call, and the remaining time of the window in milliseconds. */
export interface WindowCount {
  readonly consumedPoints: number;
  readonly msBeforeNext: number;
}

/**
 * Counts keys in this process. The window of a key begins with its first point. Only the `most` keys counted last are kept, so
 * the memory is bounded for any number of keys. No timers are used.
 * See docs/decisions/0033.
 */
export const createWindowCounter = ({
  durationMs,
  most,
  now = () => performance.now(),
}: {
  durationMs: number;
  most: number;
  now?: () => number;
}): ((key: string) => WindowCount) => {
  // With a resolution above 0, the cache would reuse a time for that many milliseconds and run a timer.
  const points = new LRUCache<string, number>({
    max: most,
    ttl: durationMs,
    ttlResolution: 0,
    perf: { now },
  });

  return (key) => {
    const consumedPoints = (points.get(key) ?? 0) + 1;
    // A later point does not extend the window that the first point began.
    points.set(key, consumedPoints, { noUpdateTTL: true });

    return { consumedPoints, msBeforeNext: points.getRemainingTTL(key) };
  };
};
