import { describe, expect, it } from 'vitest';
import { jobIdOf, parseJobData, toJobData } from './contracts.ts';

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
});
