import { expect, it } from 'vitest';
import { createWindowCounter } from './window-counter.ts';

it('the counter begins anew when the window is over, and tells how long that takes', () => {
  let now = 1000;
  const count = createWindowCounter({ durationMs: 500, most: 10, now: () => now });

  expect(count('a')).toEqual({ consumedPoints: 1, msBeforeNext: 500 });
  now = 1400;
  expect(count('a')).toEqual({ consumedPoints: 2, msBeforeNext: 100 });
  expect(count('b')).toEqual({ consumedPoints: 1, msBeforeNext: 500 });
  now = 1501;
  expect(count('a')).toEqual({ consumedPoints: 1, msBeforeNext: 500 });
  // The window of `b` began later, so it has not ended yet.
  expect(count('b')).toEqual({ consumedPoints: 2, msBeforeNext: 399 });
});

it('the counter forgets the key that was counted the longest ago when there are too many', () => {
  const count = createWindowCounter({ durationMs: 500, most: 2, now: () => 0 });
  for (const key of ['a', 'b', 'a', 'c']) count(key);

  expect(count('a').consumedPoints).toBe(3);
  expect(count('b').consumedPoints).toBe(1);
});
