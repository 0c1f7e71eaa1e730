import type { Pause } from '../../src/parts/pause.ts';
import type { Clock } from '../../src/ports/clock.ts';

/**
 * A clock that stands still until a test moves it. It is ahead of any real clock, because a database that deletes rows by age
 * would otherwise delete those of the test.
 */
export interface MovingClock extends Clock {
  advance(ms: number): void;
  /** Resolves when the clock has been moved forward by that much. */
  readonly pause: Pause;
  /** Number of pauses that have not ended. */
  readonly waiting: number;
}

export const createMovingClock = (start = new Date('2100-01-05T10:00:00.500Z')): MovingClock => {
  let now = start.getTime();
  let sleepers: { readonly until: number; readonly resume: () => void }[] = [];
  return {
    now: () => new Date(now),
    advance: (ms) => {
      now += ms;
      const awake = sleepers.filter(({ until }) => until <= now);
      sleepers = sleepers.filter(({ until }) => until > now);
      for (const { resume } of awake) resume();
    },
    get waiting() {
      return sleepers.length;
    },
    pause: (ms) =>
      new Promise((resume) => {
        sleepers.push({ until: now + ms, resume });
      }),
  };
};
