import { describe, expect, it } from 'vitest';
import { aucInterval, type Series } from './auc.ts';
import { jitteredAucInterval } from './jittered-auc.ts';
import { seededRandom, shuffled } from './random.ts';
import { distanceFromUniform, mostByChance } from './uniform.ts';
import { welchT, worstWelchT } from './welch.ts';

/** Latencies like those of real machines: log-normal, and sometimes much slower. */
const latencies = (count: number, seed: number, { plus = 0 } = {}): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const tail = random() < 0.01 ? random() * 30 : 0;
    return Math.exp(0.15 * normal) + tail + plus;
  });
};

const inBlocks = (values: readonly number[], size = 100): Series => ({
  values,
  blocks: values.map((_, index) => Math.floor(index / size)),
});

const options = { random: seededRandom(1), replicates: 500 };

describe('shuffled', () => {
  it('keeps every item, and gives every place to every item about as often', () => {
    const random = seededRandom(5);
    const firsts = [0, 0, 0, 0];
    for (let run = 0; run < 4_000; run += 1) {
      const order = shuffled([0, 1, 2, 3], random);
      expect([...order].sort()).toEqual([0, 1, 2, 3]);
      const first = order[0] ?? 0;
      firsts[first] = (firsts[first] ?? 0) + 1;
    }
    for (const count of firsts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

describe("Welch's t", () => {
  it('gives the textbook value', () => {
    // A known example of Welch's test: n 20 and 10, means 20 and 22, variances 4 and 9.
    const a = { count: 20, mean: 20, variance: 4 };
    const b = { count: 10, mean: 22, variance: 9 };
    expect(welchT(a, b)).toBeCloseTo(2 / Math.sqrt(0.2 + 0.9), 10);
    expect(welchT(b, a)).toBeCloseTo(-2 / Math.sqrt(0.2 + 0.9), 10);
  });

  it('stays calm between equal distributions at every crop', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      expect(Math.abs(worstWelchT(latencies(5_000, seed), latencies(5_000, seed + 100)).t)).toBeLessThan(4.5);
    }
  });

  it('sees in a crop what drowns in the tail', () => {
    const a = latencies(5_000, 1).map((value, index) => (index % 50 === 0 ? 500 * value : value));
    const b = latencies(5_000, 2, { plus: 0.05 }).map((v, index) => (index % 50 === 0 ? 500 * v : v));
    const worst = worstWelchT(a, b);

    expect(worst.t).toBeGreaterThan(4.5);
    expect(worst.kept).toBeLessThan(1);
  });

  it('calls a constant difference infinite and no difference zero', () => {
    expect(worstWelchT([1, 1, 1], [2, 2, 2]).t).toBe(Number.POSITIVE_INFINITY);
    expect(worstWelchT([1, 1, 1], [1, 1, 1]).t).toBe(0);
  });
});

describe('AUC', () => {
  it('is the share of pairs in which b is larger, ties counted half', () => {
    const auc = (a: number[], b: number[]) => aucInterval(inBlocks(a), inBlocks(b), options).estimate;
    expect(auc([1, 2, 3], [4, 5, 6])).toBe(1);
    expect(auc([4, 5, 6], [1, 2, 3])).toBe(0);
    expect(auc([1, 2], [1, 2])).toBe(0.5);
    expect(auc([1, 3], [2, 3])).toBe((1 + 1 + 0 + 0.5) / 4);
  });

  it('agrees with counting every pair', () => {
    const [a, b] = [latencies(300, 3), latencies(200, 4, { plus: 0.1 })];
    let won = 0;
    for (const x of a) for (const y of b) won += y > x ? 1 : y === x ? 0.5 : 0;

    expect(aucInterval(inBlocks(a), inBlocks(b), options).estimate).toBeCloseTo(won / 60_000, 12);
  });

  it('covers 0.5 between equal distributions about as often as it says', () => {
    let missed = 0;
    for (let seed = 1; seed <= 100; seed += 1) {
      const { low, high } = aucInterval(
        inBlocks(latencies(500, seed), 10),
        inBlocks(latencies(500, seed + 1_000), 10),
        options,
      );
      if (low > 0.5 || high < 0.5) missed += 1;
    }
    expect(missed).toBeLessThanOrEqual(5);
  });

  it('is wider when whole blocks were disturbed than when single values were', () => {
    const disturbed = (every: (index: number) => boolean) =>
      latencies(2_000, 7).map((value, index) => value + (every(index) ? 1 : 0));
    const random = seededRandom(9);
    const noisyBlocks = new Set(Array.from({ length: 5 }, () => Math.floor(random() * 20)));
    const quiet = inBlocks(latencies(2_000, 8));
    const width = (values: number[]) => {
      const { low, high } = aucInterval(inBlocks(values), quiet, { ...options, random: seededRandom(2) });
      return high - low;
    };

    expect(width(disturbed((index) => noisyBlocks.has(Math.floor(index / 100))))).toBeGreaterThan(
      2 * width(disturbed((index) => index % 4 === 0)),
    );
  });
});

describe('the distance from an even spread', () => {
  it('is small for even values and large for others', () => {
    expect(distanceFromUniform([0.5], 1)).toBe(0.5);
    expect(distanceFromUniform([0.25, 0.75], 1)).toBe(0.25);
    expect(distanceFromUniform([0, 0, 0], 1)).toBe(1);
    expect(distanceFromUniform([0.1, 0.2, 0.3, 0.4, 0.5], 1)).toBe(0.5);
  });

  it('is within what chance allows for even values', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = seededRandom(seed);
      const values = Array.from({ length: 75 }, () => 3_000 * random());
      expect(distanceFromUniform(values, 3_000)).toBeLessThan(mostByChance(75));
    }
  });
});

describe('AUC under jitter', () => {
  it('agrees with sampling the jitter', () => {
    const random = seededRandom(11);
    const [a, b] = [
      [5, 6, 7, 20],
      [25, 28, 31],
    ];
    let won = 0;
    const rounds = 200_000;
    for (let round = 0; round < rounds; round += 1) {
      const x = (a[Math.floor(random() * a.length)] ?? 0) + 100 * random();
      const y = (b[Math.floor(random() * b.length)] ?? 0) + 100 * random();
      won += Number(y > x);
    }
    expect(jitteredAucInterval(a, b, 100, options).estimate).toBeCloseTo(won / rounds, 2);
  });

  it('is the plain AUC without jitter, and nearly 0.5 when the jitter dwarfs the difference', () => {
    const [a, b] = [latencies(100, 1), latencies(100, 2, { plus: 20 })];
    expect(jitteredAucInterval(a, b, 0, options).estimate).toBeGreaterThan(0.95);

    const { low, high } = jitteredAucInterval(a, b, 3_000, options);
    expect(low).toBeGreaterThan(0.5);
    expect(high).toBeLessThan(0.51);
  });
});
