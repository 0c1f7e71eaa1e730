import { createHash, randomBytes } from 'node:crypto';
import { createTokenKeys } from '@latchkey/password-reset';
import { describe, expect, it } from 'vitest';
import { deriveToken, rebuildLinks, sixteenBytesIn } from './rebuild-links.ts';

const key = randomBytes(32);
const requestId = randomBytes(16);
const seed = randomBytes(16);
const token = deriveToken(key, requestId, seed);
const rows = `{"_id":"${requestId.toString('hex')}"} {"_id":"${createHash('sha256').update(token).digest('hex')}"}`;

describe('rebuilding a link from what lies about', () => {
  it('derives what the worker derives', () => {
    const keys = createTokenKeys([{ kid: 'k1', key }]);
    const derived = keys.derive({
      kid: 'k1',
      purpose: 'password-reset',
      requestId: requestId.toString('hex'),
      seed,
    });
    expect(derived).toBe(token);
  });

  for (const [form, text] of Object.entries({
    'EJSON binary': `{"$binary":{"base64":"${seed.toString('base64')}","subType":"00"}}`,
    hex: seed.toString('hex'),
    'hex amid hex': `abc${seed.toString('hex')}${randomBytes(5).toString('hex')}`,
    'base64 amid bytes': Buffer.concat([randomBytes(4), seed, randomBytes(7)]).toString('base64'),
    base64url: seed.toString('base64url'),
    'base64url glued to a word': `seed-${seed.toString('base64url')}`,
    'base64 late in a long run': Buffer.concat([randomBytes(143), seed, randomBytes(30)]).toString('base64'),
  })) {
    it(`succeeds with a seed as ${form}`, () => {
      const dumps = [Buffer.from(rows), Buffer.from(`{"other":"thing","seed":"${text}"}`)];
      expect(rebuildLinks({ dumps, keys: [randomBytes(32), key] })).toEqual([token]);
    });
  }

  it('succeeds with a seed as bytes', () => {
    // This seed has enough bytes above ASCII; see LEAST_HIGH.
    const bytes = Buffer.from('00ff10ef20df30cf40bf50af609f708f', 'hex');
    const derived = deriveToken(key, requestId, bytes);
    const dump = `${requestId.toString('hex')} ${createHash('sha256').update(derived).digest('hex')}\nseed `;
    const dumps = [Buffer.concat([Buffer.from(dump), bytes, Buffer.from(' and more')])];
    expect(rebuildLinks({ dumps, keys: [key] })).toEqual([derived]);
  });

  it('fails without the seed, and without the key', () => {
    const dumps = [Buffer.from(`${rows} ${randomBytes(16).toString('base64')}`)];
    expect(rebuildLinks({ dumps, keys: [key] })).toEqual([]);
    expect(
      rebuildLinks({ dumps: [...dumps, Buffer.from(seed.toString('hex'))], keys: [randomBytes(32)] }),
    ).toEqual([]);
  });

  it('looks at every 16 bytes', () => {
    expect(sixteenBytesIn([randomBytes(20).toString('hex')]).length).toBeGreaterThanOrEqual(5);
  });
});
