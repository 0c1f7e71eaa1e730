import { describe, expect, it } from 'vitest';
import { judgeArrivals } from './arrival-verdict.ts';
import type { Arrival } from './measure-arrivals.ts';
import { seededRandom } from './statistics/random.ts';

const JITTER_MS = 3_000;

/** 150 trials of a product that is `late` ms slower after nine members and draws its jitter from [0, `width`]. */
const trials = ({ late = 22, width = JITTER_MS, seed = 1 } = {}): readonly Arrival[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 150 }, (_, index) => {
    const company = index % 2 === 0 ? 'strangers' : 'members';
    const lagMs = 6 + 4 * random() + (company === 'members' ? late : 0);
    const jitterMs = width * random();
    return { company, lagMs, jitterMs, seenMs: lagMs + jitterMs };
  });
};
const judge = (arrivals: readonly Arrival[], jitterMs = JITTER_MS) =>
  judgeArrivals(arrivals, { jitterMs, random: seededRandom(7) });

describe('the verdict on arrivals', () => {
  it('passes what 3 s of jitter hide, for any luck of the draw', () => {
    for (let seed = 1; seed <= 20; seed += 1) expect(judge(trials({ seed })).passed).toBe(true);
  });

  it('fails the same without jitter', () => {
    const line = judge(trials({ width: 0 }), 0);
    expect(line.passed).toBe(false);
    expect(line.auc.low).toBeGreaterThan(0.9);
  });

  it.each([0, 300, 1_500])('takes no jitter for granted of which only %s ms were drawn', (width) => {
    expect(() => judge(trials({ width }))).toThrow('not spread over 3000 ms');
  });

  it('fails a mail that nine members hold up for longer than the jitter hides', () => {
    expect(judge(trials({ late: 300 })).passed).toBe(false);
  });

  it('is none when a mail came before it was due, or not at all', () => {
    const [first, ...others] = trials();
    if (!first) throw new Error('no trials');
    for (const lagMs of [-50, Number.NaN])
      expect(() => judge([{ ...first, lagMs }, ...others])).toThrow('before it was due, or not at all');
  });
});
