import { describe, expect, it } from 'vitest';
import { assertLeaseOutlivesSend, sessionsWarning } from './checks.ts';

describe('boot checks', () => {
  it('hold with the lease and the send deadline as they are', () => {
    expect(() => assertLeaseOutlivesSend()).not.toThrow();
  });

  it('refuse a lease that may expire while a send still runs', () => {
    expect(() => assertLeaseOutlivesSend(20_000, 20_000)).toThrow(RangeError);
  });

  it('warn a worker that nobody told where sessions are, and none that was told', () => {
    expect(sessionsWarning(undefined)).toMatch(
      /^SESSIONS_COLLECTION is not set here: .*set it as for the API$/,
    );
    expect(sessionsWarning('none')).toBeUndefined();
    expect(sessionsWarning('sessions')).toBeUndefined();
  });
});
