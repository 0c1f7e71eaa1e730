import { describe, expect, it } from 'vitest';
import { attemptOfJob, jobIdOf, parseJobData, toJobData } from './contracts.ts';

describe('job contract', () => {
  it('writes what it reads', () => {
    expect(parseJobData(toJobData({ id: 'a', traceparent: '00-1' }))).toEqual({
      kind: 'known',
      job: { id: 'a', traceparent: '00-1' },
    });
    expect(toJobData({ id: 'a', traceparent: null })).toEqual({ v: 1, id: 'a' });
    expect(toJobData({ id: 'a', traceparent: 'x'.repeat(101) })).toEqual({ v: 1, id: 'a' });
  });

  it('tells a newer version from nonsense', () => {
    expect(parseJobData({ v: 2, whatever: true })).toEqual({ kind: 'foreign_version' });
    for (const nonsense of [
      undefined,
      null,
      'x',
      {},
      { v: 1 },
      { v: 1, id: '' },
      { v: 1, id: 'a', email: 'b' },
    ]) {
      expect(parseJobData(nonsense)).toEqual({ kind: 'malformed' });
    }
  });

  it('keeps colons, which BullMQ forbids, out of job ids', () => {
    expect(jobIdOf('delivery', 'ab:password-reset', 3)).toBe('delivery-ab.password-reset-3');
  });

  it('finds the attempt in a job id again, and 0 where there is none', () => {
    for (const attempt of [0, 7, 120]) {
      expect(attemptOfJob(jobIdOf('delivery', 'ab:password-reset', attempt))).toBe(attempt);
    }
    for (const other of [undefined, '', '17', 'heartbeat-0a1b', `delivery-x-${'9'.repeat(40)}`]) {
      expect(attemptOfJob(other)).toBe(0);
    }
  });
});
