import { EngineError } from '@latchkey/runtime';
import { describe, expect, it } from 'vitest';
import { requireTransactions } from './replica-set.ts';

describe('a server without transactions', () => {
  it('is refused with the way to turn them on', () => {
    const standalone = () => requireTransactions({ ok: 1, isWritablePrimary: true });

    expect(standalone).toThrow(EngineError);
    expect(standalone).toThrow(expect.objectContaining({ remedy: expect.stringContaining('rs.initiate()') }));
  });

  it('is neither a member of a replica set nor a mongos', () => {
    expect(() => requireTransactions({ ok: 1, setName: 'rs0' })).not.toThrow();
    expect(() => requireTransactions({ ok: 1, msg: 'isdbgrid' })).not.toThrow();
  });
});
