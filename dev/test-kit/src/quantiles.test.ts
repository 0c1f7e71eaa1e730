import { describe, expect, it } from 'vitest';
import { percentile, quantile, sorted } from './quantiles.ts';

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is the smallest value that this share of all does not exceed', () => {
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 1)).toBe(100);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it('is no number when there are no values, so no bound holds for it', () => {
    expect(percentile([], 0.99)).toBeNaN();
  });
});

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    expect(quantile(sorted([4, 1, 3, 2]), 0.5)).toBe(2.5);
    expect(quantile(sorted([4, 1, 3, 2]), 0)).toBe(1);
    expect(quantile(sorted([4, 1, 3, 2]), 1)).toBe(4);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
