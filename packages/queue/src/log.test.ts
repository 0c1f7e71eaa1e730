import { describe, expect, it, vi } from 'vitest';
import { createStateLog, errorCode, isNetworkError } from './log.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });

describe('the log of a connection', () => {
  it('says that Redis is away once, says so again when the reason changes, and says when it is back', () => {
    const log = { info: vi.fn(), warn: vi.fn() };
    const state = createStateLog(log, 'producer');

    state.up();
    for (let i = 0; i < 5; i += 1) state.down(refused);
    expect(log.warn).toHaveBeenCalledTimes(1);
    state.down(new Error('Command timed out'));
    expect(log.warn).toHaveBeenCalledTimes(2);

    state.up();
    state.up();
    expect(log.info).toHaveBeenCalledTimes(1);
    state.down(refused);
    expect(log.warn).toHaveBeenCalledTimes(3);
  });

  it.each([
    [refused, 'ECONNREFUSED'],
    [new Error('Command timed out'), 'TIMEOUT'],
    [new Error("Socket timeout. Expecting data, but didn't receive any in 2000ms."), 'TIMEOUT'],
    [new Error("READONLY You can't write against a read only replica."), 'READONLY'],
    [new Error('user bob@example.com not found'), 'Error'],
    ['a string with a secret', 'UNKNOWN'],
  ])('names %o by a code, never by its text', (error, code) => {
    expect(errorCode(error)).toBe(code);
  });

  it('tells trouble of the connection from trouble with a job', () => {
    expect(isNetworkError(refused)).toBe(true);
    expect(isNetworkError(new Error('Connection is closed.'))).toBe(true);
    expect(isNetworkError(new Error('Missing lock for job 1. moveToFinished'))).toBe(false);
  });
});
