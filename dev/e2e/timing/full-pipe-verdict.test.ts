import { describe, expect, it } from 'vitest';
import { judgeFullPipe } from './full-pipe-verdict.ts';
import { type FullPipeTrial, TARGETS } from './measure-full-pipe.ts';
import { seededRandom } from './statistics/random.ts';

/** Twenty trials per target. The three mails of a member delay the other mails by `costMs`, and the machine adds noise. */
const trials = ({ costMs = 0, seed = 1 }): readonly FullPipeTrial[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 20 }, (_, block) => {
    // The sum of twelve random numbers has a standard deviation of 1.
    const waver = () => 250 * (Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, 0) - 6);
    return TARGETS.map((target) => {
      const lastMs = 8_000 + waver() + (target === 'member' ? costMs : 0);
      return { target, block, lastMs, tailMs: lastMs - 1_500 };
    });
  }).flat();
};
const passed = (options: Parameters<typeof trials>[0]): readonly boolean[] =>
  judgeFullPipe(trials(options), { random: seededRandom(7) }).map((line) => line.passed);

describe('the verdict on a full pipe', () => {
  it('fails what three mails cost through five connections of a relay that takes a second', () => {
    for (let seed = 1; seed <= 20; seed += 1) expect(passed({ costMs: 600, seed })).toEqual([false, false]);
  });

  it('passes a pipe that costs the same, but for bad luck once in some forty runs', () => {
    const runs = Array.from({ length: 60 }, (_, seed) => passed({ seed: seed + 1 }));
    expect(runs.filter((run) => run.includes(false)).length).toBeLessThanOrEqual(3);
  });

  it('is none when a mail did not arrive', () => {
    const [first, ...others] = trials({});
    if (!first) throw new Error('no trials');
    expect(() =>
      judgeFullPipe([{ ...first, lastMs: Number.NaN }, ...others], { random: Math.random }),
    ).toThrow('did not arrive');
  });
});
