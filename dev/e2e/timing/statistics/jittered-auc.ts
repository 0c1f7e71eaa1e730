import { type BootstrapOptions, type Interval, LEVEL, percentileInterval, REPLICATES } from './auc.ts';

/**
 * AUC between `a + U` and `b + U'`, where U and U' are independent and uniform over [0, jitter]. The jitter comes from the
 * CSPRNG and depends on nothing, so it is integrated instead of sampled. A few hundred measured lags then show as much as about
 * ten thousand mails would.
 */
export const jitteredAucInterval = (
  a: readonly number[],
  b: readonly number[],
  jitter: number,
  { random, replicates = REPLICATES, level = LEVEL }: BootstrapOptions,
): Interval => {
  const chances = a.map((lagA) => Float64Array.from(b, (lagB) => chanceLater(lagB - lagA, jitter)));
  const [countA, countB] = [new Uint32Array(a.length).fill(1), new Uint32Array(b.length).fill(1)];
  const estimate = weightedMean(chances, countA, countB);

  const draws = new Float64Array(replicates);
  for (let draw = 0; draw < replicates; draw += 1) {
    resample(countA, random);
    resample(countB, random);
    draws[draw] = weightedMean(chances, countA, countB);
  }
  return { estimate, ...percentileInterval(draws, level) };
};

/** P(difference + U' - U > 0), where U' - U has the triangular density over [-jitter, jitter]. */
const chanceLater = (difference: number, jitter: number): number => {
  if (jitter === 0) return difference === 0 ? 0.5 : Number(difference > 0);
  const x = Math.max(-1, Math.min(1, difference / jitter));
  return x >= 0 ? 1 - (1 - x) ** 2 / 2 : (1 + x) ** 2 / 2;
};

const resample = (counts: Uint32Array, random: () => number): void => {
  counts.fill(0);
  for (let picked = 0; picked < counts.length; picked += 1) {
    const index = Math.floor(random() * counts.length);
    counts[index] = (counts[index] ?? 0) + 1;
  }
};

const weightedMean = (chances: readonly Float64Array[], countA: Uint32Array, countB: Uint32Array): number => {
  let sum = 0;
  for (const [row, chancesOfA] of chances.entries()) {
    const weight = countA[row] ?? 0;
    if (weight === 0) continue;
    for (let column = 0; column < chancesOfA.length; column += 1) {
      sum += weight * (countB[column] ?? 0) * (chancesOfA[column] ?? 0);
    }
  }
  return sum / (countA.length * countB.length);
};
