import { quantile, sorted } from '@latchkey/test-kit/quantiles';

/** The measurements of one class, each with its block of the run. */
export interface Series {
  readonly values: ArrayLike<number>;
  /** Number of the block of each value, from 0. Same length as `values`. */
  readonly blocks: ArrayLike<number>;
}

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly random: () => number;
  readonly replicates?: number;
  /** Share of the replicates that lie within the interval. */
  readonly level?: number;
}

export const REPLICATES = 2_000;
export const LEVEL = 0.99;

/**
 * AUC: the probability that a value of `b` is larger than a value of `a`, with ties counted half. 0.5 means that the classes
 * cannot be told apart. The interval comes from resampling whole blocks, because a disturbance of the machine (garbage
 * collection, another process) lasts for many requests. Resampling single requests would give an interval that is too narrow.
 */
export const aucInterval = (
  a: Series,
  b: Series,
  { random, replicates = REPLICATES, level = LEVEL }: BootstrapOptions,
): Interval => {
  const merged = merge(a, b);
  const blockCount = merged.blocks.reduce((most, block) => Math.max(most, block + 1), 0);

  const weights = new Uint32Array(blockCount).fill(1);
  const estimate = weightedAuc(merged, weights);

  const draws = new Float64Array(replicates);
  for (let draw = 0; draw < replicates; draw += 1) {
    weights.fill(0);
    for (let picked = 0; picked < blockCount; picked += 1) {
      const block = Math.floor(random() * blockCount);
      weights[block] = (weights[block] ?? 0) + 1;
    }
    draws[draw] = weightedAuc(merged, weights);
  }
  return { estimate, ...percentileInterval(draws, level) };
};

/** The interval that contains the middle `level` of the draws. */
export const percentileInterval = (
  draws: ArrayLike<number>,
  level: number,
): { low: number; high: number } => {
  const ascending = sorted(draws);
  return { low: quantile(ascending, (1 - level) / 2), high: quantile(ascending, (1 + level) / 2) };
};

/** Both samples in ascending order. Equal values are adjacent and have the same `tie` number. */
interface Merged {
  readonly ofB: Uint8Array;
  readonly blocks: Uint32Array;
  readonly ties: Uint32Array;
}

const merge = (a: Series, b: Series): Merged => {
  const size = a.values.length + b.values.length;
  const at = (index: number): number =>
    (index < a.values.length ? a.values[index] : b.values[index - a.values.length]) ?? 0;
  const order = Uint32Array.from({ length: size }, (_, index) => index).sort((x, y) => at(x) - at(y));

  const merged = { ofB: new Uint8Array(size), blocks: new Uint32Array(size), ties: new Uint32Array(size) };
  let tie = 0;
  for (const [place, index] of order.entries()) {
    const ofB = index >= a.values.length;
    if (place > 0 && at(index) !== at(order[place - 1] ?? 0)) tie += 1;
    merged.ofB[place] = ofB ? 1 : 0;
    merged.blocks[place] = (ofB ? b.blocks[index - a.values.length] : a.blocks[index]) ?? 0;
    merged.ties[place] = tie;
  }
  return merged;
};

/** AUC in O(n). Every value counts as often as its block was drawn. Plain loops are used, because it runs thousands of times. */
const weightedAuc = ({ ofB, blocks, ties }: Merged, weights: Uint32Array): number => {
  let [smallerA, totalB, won] = [0, 0, 0];
  let [tiedA, tiedB, tie] = [0, 0, 0];

  for (let place = 0; place < ofB.length; place += 1) {
    const current = ties[place] ?? 0;
    if (current !== tie) {
      won += tiedB * (smallerA + tiedA / 2);
      smallerA += tiedA;
      totalB += tiedB;
      tiedA = 0;
      tiedB = 0;
      tie = current;
    }
    const weight = weights[blocks[place] ?? 0] ?? 0;
    if (ofB[place] === 1) tiedB += weight;
    else tiedA += weight;
  }
  won += tiedB * (smallerA + tiedA / 2);
  smallerA += tiedA;
  totalB += tiedB;
  return smallerA === 0 || totalB === 0 ? Number.NaN : won / (smallerA * totalB);
};
