import { describe, expect, it } from 'vitest';
import { assertLeaseOutlivesSend } from './boot-checks.ts';

describe('boot checks', () => {
  it('hold with the lease and the send deadline as they are', () => {
    expect(() => assertLeaseOutlivesSend()).not.toThrow();
  });

  it('refuse a lease that may lapse while a send still runs', () => {
    expect(() => assertLeaseOutlivesSend(20_000, 20_000)).toThrow(RangeError);
  });
});
