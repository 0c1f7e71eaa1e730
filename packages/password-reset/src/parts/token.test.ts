import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTokenKeys, hashToken, resetLink } from './token.ts';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const input = {
  purpose: 'password-reset',
  requestId: '00112233445566778899aabbccddeeff',
  seed: new Uint8Array(16).fill(7),
} as const;

describe('a token', () => {
  it('is HMAC-SHA256 over label, purpose, raw request id and seed, as 43 base64url characters [T-12]', () => {
    const token = createTokenKeys([{ kid: 'a', key: key(1) }]).derive({ kid: 'a', ...input });
    const expected = createHmac('sha256', key(1))
      .update(
        Buffer.concat([
          Buffer.from('latchkey/v1\0password-reset\0'),
          Buffer.from(input.requestId, 'hex'),
          Buffer.from(input.seed),
        ]),
      )
      .digest('base64url');
    expect(token).toBe(expected);
    expect(token).toMatch(/^[\w-]{43}$/);
  });

  it('differs with key, request and seed, and repeats with the same [T-15]', () => {
    const keys = createTokenKeys([
      { kid: 'a', key: key(1) },
      { kid: 'b', key: key(2) },
    ]);
    const tokens = [
      keys.derive({ kid: 'a', ...input }),
      keys.derive({ kid: 'b', ...input }),
      keys.derive({ kid: 'a', ...input, requestId: 'ff112233445566778899aabbccddeeff' }),
      keys.derive({ kid: 'a', ...input, seed: new Uint8Array(16) }),
    ];
    expect(new Set(tokens).size).toBe(4);
    expect(keys.derive({ kid: 'a', ...input })).toBe(tokens[0]);
  });

  it('is never made with another key than the one asked for', () => {
    expect(createTokenKeys([{ kid: 'a', key: key(1) }]).derive({ kid: 'b', ...input })).toBeUndefined();
  });

  it('refuses an empty list of keys, a repeated kid and a short key', () => {
    expect(() => createTokenKeys([])).toThrow(RangeError);
    expect(() =>
      createTokenKeys([
        { kid: 'a', key: key(1) },
        { kid: 'a', key: key(2) },
      ]),
    ).toThrow(/kid of its own/);
    expect(() => createTokenKeys([{ kid: 'a', key: new Uint8Array(16) }])).toThrow(/32 bytes/);
  });

  it('is looked up by SHA-256 of the exact string [T-13]', () => {
    expect(hashToken('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hashToken('a')).not.toBe(hashToken('a '));
  });

  it('stands in the fragment of the configured link [T-23]', () => {
    expect(resetLink('https://app.test/', 'T')).toBe('https://app.test/reset-password#token=T');
  });
});
