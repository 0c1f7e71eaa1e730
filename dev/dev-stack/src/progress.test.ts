import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startProgress } from './progress.ts';

describe('progress of a long command', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('says which part is at work after eight silent seconds, and every eight seconds from then on', () => {
    const lines: string[] = [];
    const progress = startProgress((line) => lines.push(line));
    progress.begin('hashing passwords');
    vi.advanceTimersByTime(17_000);
    progress.stop();

    expect(lines).toEqual([
      '   0 s  hashing passwords',
      '   8 s  still at work: hashing passwords',
      '  16 s  still at work: hashing passwords',
    ]);
  });

  it('says nothing more while other lines come, or after its end', () => {
    const lines: string[] = [];
    const progress = startProgress((line) => lines.push(line));
    progress.begin('hashing passwords');
    for (const round of [1, 2, 3]) {
      vi.advanceTimersByTime(6_000);
      progress.say(`round ${round}`);
    }
    progress.stop();
    vi.advanceTimersByTime(60_000);

    expect(lines).toEqual([
      '   0 s  hashing passwords',
      '   6 s  round 1',
      '  12 s  round 2',
      '  18 s  round 3',
    ]);
  });
});
