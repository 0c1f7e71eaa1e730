import { describe, expect, it } from 'vitest';
import { seededRandom, shuffled } from './statistics/random.ts';
import { compareAll, followers, isDetected, type Sample } from './verdict.ts';

const CLASSES = ['known', 'unknown', 'disabled'] as const;
type Class = (typeof CLASSES)[number];

/** A simulated run with random order, drift and pauses. `slow`: one class takes longer; `mess`: it delays the next answer. */
const run = ({ seed = 1, perClass = 8_000, slow = 0, mess = 0 } = {}): readonly Sample<Class>[] => {
  const random = seededRandom(seed);
  const order = shuffled(
    Array.from(
      { length: perClass * CLASSES.length },
      (_, index) => CLASSES[index % CLASSES.length] ?? 'known',
    ),
    random,
  );
  return order.map((name, index) => {
    const drift = 0.05 * Math.sin(index / 2_000);
    const noise = 0.1 * (random() + random() + random()) + (random() < 0.01 ? 5 * random() : 0);
    const before = order[index - 1];
    return {
      class: name,
      block: Math.floor(index / 300),
      ms: 1 + drift + noise + (name === 'known' ? slow : 0) + (before === 'known' ? mess : 0),
    };
  });
};

const compareAnswers = (samples: readonly Sample<Class>[]) =>
  compareAll('answer', samples, CLASSES, seededRandom(7));

describe('the verdict', () => {
  it('passes equal classes, and compares every pair of them', () => {
    const comparisons = compareAnswers(run());
    expect(comparisons.map(({ a, b }) => `${a} ${b}`)).toEqual([
      'known unknown',
      'known disabled',
      'unknown disabled',
    ]);
    expect(comparisons.every(({ passed }) => passed)).toBe(true);
  });

  it('fails a class that takes 20 µs longer, and only its pairs', () => {
    const comparisons = compareAnswers(run({ slow: 0.02 }));
    expect(comparisons.map(({ passed }) => passed)).toEqual([false, false, true]);
    expect(comparisons.map(isDetected)).toEqual([true, true, false]);
  });

  it('fails for want of measurements, without claiming to have detected anything', () => {
    const comparisons = compareAnswers(run({ perClass: 300 }));
    expect(comparisons.some(({ passed }) => passed)).toBe(false);
    expect(comparisons.some(isDetected)).toBe(false);
  });

  it('sees in the answer after what a class leaves behind', () => {
    const samples = run({ mess: 0.02 });
    expect(compareAnswers(samples).every(({ passed }) => passed)).toBe(true);

    const after = compareAll('after', followers(samples), CLASSES, seededRandom(7));
    expect(after.map(({ passed }) => passed)).toEqual([false, false, true]);
  });
});
