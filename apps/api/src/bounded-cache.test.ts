import { expect, it } from 'vitest';
import { createBoundedCache } from './bounded-cache.ts';

it('forgets what was not asked for the longest', () => {
  const cache = createBoundedCache<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');
  cache.set('c', 3);

  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
});

it('keeps one entry per key', () => {
  const cache = createBoundedCache<number>(2);
  for (let i = 0; i < 5; i += 1) cache.set('a', i);
  cache.set('b', 9);

  expect([cache.get('a'), cache.get('b')]).toEqual([4, 9]);
});
