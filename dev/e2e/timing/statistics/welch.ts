import { quantile, sorted } from '@latchkey/test-kit/quantiles';

export interface CroppedT {
  /** The t with the largest absolute value of all crops, with its sign. */
  readonly t: number;
  /** Share of the pooled values that this crop keeps; 1 means no crop. */
  readonly kept: number;
}

const CROPS = 100;
/** Least number of values on each side. With fewer, t is not meaningful. */
const LEAST = 30;

/**
 * Welch's t between two samples, without a crop and at the hundred crops of dudect (Reparaz, Balasch, Verbauwhede 2016). A crop
 * leaves out the values above a percentile of the pooled sample, because large values in the tail hide a small difference.
 * Returns the worst result.
 */
export const worstWelchT = (a: ArrayLike<number>, b: ArrayLike<number>): CroppedT => {
  const [lower, upper] = [createPrefixMoments(sorted(a)), createPrefixMoments(sorted(b))];
  const pooled = sorted([...Array.from(a), ...Array.from(b)]);

  let worst: CroppedT = { t: welchT(lower.all(), upper.all()), kept: 1 };
  for (let crop = 1; crop <= CROPS; crop += 1) {
    const kept = 1 - 0.5 ** ((10 * crop) / CROPS);
    const threshold = quantile(pooled, kept);
    const [left, right] = [lower.upTo(threshold), upper.upTo(threshold)];
    if (Math.min(left.count, right.count) < LEAST) continue;
    const t = welchT(left, right);
    if (Math.abs(t) > Math.abs(worst.t)) worst = { t, kept };
  }
  return worst;
};

interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

/** Positive if the second sample is larger. 0 if there are too few values or no difference. */
export const welchT = (a: Moments, b: Moments): number => {
  if (a.count < 2 || b.count < 2) return 0;
  const spread = Math.sqrt(a.variance / a.count + b.variance / b.count);
  const difference = b.mean - a.mean;
  if (spread === 0) return difference === 0 ? 0 : Math.sign(difference) * Number.POSITIVE_INFINITY;
  return difference / spread;
};

/** Mean and variance of every prefix of an ascending list, in one pass (Welford). */
const createPrefixMoments = (ascending: Float64Array) => {
  const means = new Float64Array(ascending.length + 1);
  const squares = new Float64Array(ascending.length + 1);
  for (const [index, value] of ascending.entries()) {
    const mean = means[index] ?? 0;
    const next = mean + (value - mean) / (index + 1);
    means[index + 1] = next;
    squares[index + 1] = (squares[index] ?? 0) + (value - mean) * (value - next);
  }

  const first = (count: number): Moments => ({
    count,
    mean: means[count] ?? 0,
    variance: count > 1 ? (squares[count] ?? 0) / (count - 1) : 0,
  });
  return { all: () => first(ascending.length), upTo: (limit: number) => first(countUpTo(ascending, limit)) };
};

const countUpTo = (ascending: Float64Array, limit: number): number => {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
};
