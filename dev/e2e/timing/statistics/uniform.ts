import { sorted } from '@latchkey/test-kit/quantiles';

/**
 * How far the values are from a uniform distribution over [0, width]: the largest distance between the two distribution functions
 * (Kolmogorov, Smirnov). 0 is uniform, 1 means that all values are at one end.
 */
export const distanceFromUniform = (values: ArrayLike<number>, width: number): number => {
  const ascending = sorted(values);
  let distance = 0;
  for (const [index, value] of ascending.entries()) {
    const expected = Math.max(0, Math.min(1, value / width));
    const [below, upTo] = [index / ascending.length, (index + 1) / ascending.length];
    distance = Math.max(distance, Math.abs(expected - below), Math.abs(expected - upTo));
  }
  return distance;
};

/** Uniform values exceed this distance once in 8,000 times: 2 exp(-2 * 2.2^2). */
export const mostByChance = (count: number): number => 2.2 / Math.sqrt(count);
