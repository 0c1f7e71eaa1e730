import { createBoundedCache } from '../bounded-cache.ts';

/** How often a key was counted in its window, this time included, and how long the window lasts. */
export interface WindowCount {
  readonly consumedPoints: number;
  readonly msBeforeNext: number;
}

/**
 * Counts keys in this process; a window begins with its key's first point. Remembers the `most` keys that were counted last
 * and needs no timers, so it takes no more memory however many there are.
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
  const windows = createBoundedCache<{ consumed: number; readonly endsAt: number }>(most);

  return (key) => {
    const at = now();
    const found = windows.get(key);
    const window =
      found !== undefined && found.endsAt > at ? found : { consumed: 0, endsAt: at + durationMs };

    window.consumed += 1;
    if (window !== found) windows.set(key, window);
    return { consumedPoints: window.consumed, msBeforeNext: window.endsAt - at };
  };
};
