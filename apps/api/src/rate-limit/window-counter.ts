import { LRUCache } from 'lru-cache';

/** How often a key was counted in its window, this time included, and how long the window lasts. */
export interface WindowCount {
  readonly consumedPoints: number;
  readonly msBeforeNext: number;
}

/**
 * Counts keys in this process; a window begins with its key's first point. Remembers the `most` keys that were counted last
 * and needs no timers, so it takes no more memory however many there are.
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
  // A resolution above 0 would keep the time for so many milliseconds, with a timer.
  const points = new LRUCache<string, number>({
    max: most,
    ttl: durationMs,
    ttlResolution: 0,
    perf: { now },
  });

  return (key) => {
    const consumedPoints = (points.get(key) ?? 0) + 1;
    // A further point belongs to the window that the first one began.
    points.set(key, consumedPoints, { noUpdateTTL: true });

    return { consumedPoints, msBeforeNext: points.getRemainingTTL(key) };
  };
};
