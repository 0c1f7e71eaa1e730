import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { bcryptPrefix } from './hash-format.ts';
import { createIdentifiers } from './identifiers.ts';
import { newReference, newRequestId, randomDelayMs } from './random.ts';

describe('identifiers', () => {
  const key = new Uint8Array(32).fill(3);
  const identifiers = createIdentifiers({ key });

  it('give different values for one text under different purposes', () => {
    const values = [
      identifiers.account('x@y'),
      identifiers.address('x@y'),
      identifiers.network('x@y'),
      identifiers.credential('x@y'),
    ];
    expect(new Set(values).size).toBe(4);
    for (const value of values) expect(value).toMatch(/^[0-9a-f]{64}$/);
  });

  it('fold spellings for the account limit and not for the stored address', () => {
    expect(identifiers.account('BOB@x.de')).toBe(identifiers.account('bob@x.de'));
    expect(identifiers.address('BOB@x.de')).not.toBe(identifiers.address('bob@x.de'));
  });

  it('depend on the key', () => {
    expect(createIdentifiers({ key: new Uint8Array(32) }).account('x')).not.toBe(identifiers.account('x'));
  });
});

describe('random values', () => {
  it('give references that can be read out, and ids of 128 bits', () => {
    for (let i = 0; i < 200; i += 1)
      expect(newReference()).toMatch(/^R-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(newRequestId()).toMatch(/^[0-9a-f]{32}$/);
    expect(newRequestId()).not.toBe(newRequestId());
  });

  it('keep the jitter within its bounds, and zero means none', () => {
    const delays = Array.from({ length: 500 }, () => randomDelayMs(1_000));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_000);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(500);
    expect(randomDelayMs(0)).toBe(0);
  });

  it('grow the back-off up to its cap and never below half a step', () => {
    for (let attempt = 1; attempt < 40; attempt += 1) {
      const step = Math.min(60_000, 4_000 * 2 ** Math.min(attempt - 1, 20));
      const wait = backoffMs(attempt, { baseMs: 4_000, capMs: 60_000 });
      expect(wait).toBeGreaterThanOrEqual(step / 2);
      expect(wait).toBeLessThanOrEqual(step);
    }
  });
});

describe('a stored password hash', () => {
  it.each(['$2a$', '$2b$', '$2y$'])('keeps its identifier %s when it is bcrypt', (prefix) => {
    for (const cost of ['04', '10', '12', '31']) {
      expect(bcryptPrefix(`${prefix}${cost}$${'a'.repeat(53)}`)).toBe(prefix);
    }
  });

  it.each([
    '',
    '!',
    '$2b$12$short',
    '$2x$12$'.padEnd(60, 'a'),
    '$argon2id$v=19$m=1,t=1,p=1$YQ$YQ',
    `$2b$12$${'a'.repeat(54)}`,
    `$2b$03$${'a'.repeat(53)}`,
    `$2b$32$${'a'.repeat(53)}`,
  ])('is none of ours when it has another shape: %j', (hash) => expect(bcryptPrefix(hash)).toBeUndefined());
});
