import { describe, expect, it } from 'vitest';
import { NoAnswerError } from './driver-errors.ts';
import { withinDeadline } from './operation.ts';

const frozen = () => new Promise<never>(() => {});

describe('a call with a deadline', () => {
  it('answers what the work answers', async () => {
    await expect(withinDeadline(Promise.resolve('answer'), 1_000)).resolves.toBe('answer');
    await expect(withinDeadline(Promise.reject(new Error('refused')), 1_000)).rejects.toThrow('refused');
  });

  it.each([20, 1, 0])('ends in NoAnswerError when there is no answer within %i ms', async (timeoutMs) => {
    await expect(withinDeadline(frozen(), timeoutMs)).rejects.toBeInstanceOf(NoAnswerError);
  });

  it('hears nothing of work that fails after its deadline', async () => {
    let fail = (_error: Error) => {};
    const work = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const unhandled: unknown[] = [];
    const listener = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listener);

    await expect(withinDeadline(work, 1)).rejects.toBeInstanceOf(NoAnswerError);
    fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));

    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });
});
