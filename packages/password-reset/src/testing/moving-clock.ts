import type { Clock } from '../ports.ts';

/** A clock that stands still until it is moved; ahead of any real one, or a database that purges by age would take its rows. */
export interface MovingClock extends Clock {
  advance(ms: number): void;
}

export const createMovingClock = (start = new Date('2100-01-05T10:00:00.500Z')): MovingClock => {
  let now = start.getTime();
  return {
    now: () => new Date(now),
    advance: (ms) => {
      now += ms;
    },
  };
};
