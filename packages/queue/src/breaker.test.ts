import { UnavailableError } from '@latchkey/password-reset';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBreaker } from './breaker.ts';

const frozen = () => new Promise<never>(() => {});

describe('breaker', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('gives up after its deadline, then refuses without trying', async () => {
    const breaker = createBreaker({ timeoutMs: 250 });

    const first = expect(breaker.run(frozen)).rejects.toBeInstanceOf(UnavailableError);
    await vi.advanceTimersByTimeAsync(250);
    await first;

    const work = vi.fn(async () => 'answer');
    await expect(breaker.run(work)).rejects.toBeInstanceOf(UnavailableError);
    expect(work).not.toHaveBeenCalled();
    expect(breaker.state).toBe('open');
  });

  it('lets one caller try after the pause and refuses the others meanwhile', async () => {
    const breaker = createBreaker({ trialAfterMs: [100] });
    await expect(breaker.run(() => Promise.reject(new Error('down')))).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(100);

    let answer: (value: string) => void = () => {};
    const trial = breaker.run(() => new Promise<string>((resolve) => (answer = resolve)));
    await expect(breaker.run(async () => 'second')).rejects.toBeInstanceOf(UnavailableError);

    answer('back');
    await expect(trial).resolves.toBe('back');
    await expect(breaker.run(async () => 'third')).resolves.toBe('third');
  });

  it('waits longer after each failed trial, up to the last pause', async () => {
    const changes: string[] = [];
    const breaker = createBreaker({ trialAfterMs: [100, 300], onChange: (state) => changes.push(state) });
    const fail = () => breaker.run(() => Promise.reject(new Error('down'))).catch(() => {});

    await fail();
    for (const pauseMs of [100, 300, 300]) {
      await vi.advanceTimersByTimeAsync(pauseMs - 1);
      await fail();
      expect(changes.at(-1)).toBe('open');
      const before = changes.length;
      await vi.advanceTimersByTimeAsync(1);
      await fail();
      expect(changes.length).toBe(before + 2);
    }
  });

  it('passes on what is rejected but not an error: a verdict is an answer', async () => {
    const breaker = createBreaker();
    const verdict = { msBeforeNext: 1 };

    await expect(breaker.run(() => Promise.reject(verdict))).rejects.toBe(verdict);
    expect(breaker.state).toBe('closed');
  });
});
