import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ENCODINGS, writeEveryWay } from './encodings.ts';
import { search, secretOf, secretsOfToken } from './search.ts';

const TOKEN = randomBytes(32).toString('base64url');
const PASSWORD = 'Zwölf "Boxkämpfer" & 7 \\ Bäume + 100 % 🥊';
const ADDRESS = 'Bob.Baker+test@Example.com';

const noise = (): string => `${randomBytes(3_000).toString('base64')} ${randomBytes(2_000).toString('hex')}`;
const amid = (text: string): Buffer => Buffer.from(`${noise()}\n${text}\n${noise()}`);

describe('the search for secrets', () => {
  for (const [kind, value] of Object.entries({ token: TOKEN, password: PASSWORD, address: ADDRESS })) {
    for (const { encoding, variant, text } of writeEveryWay(value)) {
      it(`finds a ${kind} written as ${encoding}, ${variant}`, () => {
        expect(search(amid(text), [secretOf('it', value)]).map((found) => found.encoding)).toContain(
          encoding,
        );
      });
    }
  }

  it('covers every encoding it knows', () => {
    expect(new Set(writeEveryWay('x').map(({ encoding }) => encoding))).toEqual(new Set(ENCODINGS));
  });

  it('finds a form of a value that was then logged as JSON, and that logged once more', () => {
    for (const { encoding, variant, text } of writeEveryWay(PASSWORD)) {
      const once = JSON.stringify({ message: text });
      for (const logged of [once, JSON.stringify({ message: once })]) {
        expect(search(amid(logged), [secretOf('it', PASSWORD)]), `${encoding}, ${variant}`).not.toEqual([]);
      }
    }
  });

  it('finds the bytes a token stands for, as BSON and EJSON show them', () => {
    const bytes = Buffer.from(TOKEN, 'base64url');
    for (const text of [bytes.toString('base64'), bytes.toString('hex'), bytes]) {
      const found = search(
        Buffer.concat([Buffer.from('a '), Buffer.from(text)]),
        secretsOfToken('token', TOKEN),
      );
      expect(found.map(({ secret }) => secret)).toContain('token (decoded)');
    }
  });

  it('finds a token that was cut short', () => {
    const found = search(amid(`${TOKEN.slice(0, 24)}…`), secretsOfToken('token', TOKEN));
    expect(found).toContainEqual(
      expect.objectContaining({ secret: 'token (first half)', encoding: 'plain' }),
    );
  });

  it('finds an address in any case, a password only in its own', () => {
    const text = amid(`${ADDRESS.toUpperCase()} ${PASSWORD.toUpperCase()}`);
    expect(search(text, [secretOf('address', ADDRESS, true)])).not.toEqual([]);
    expect(search(text, [secretOf('password', PASSWORD)])).toEqual([]);
  });

  it('finds nothing where nothing is', () => {
    const secrets = [
      ...secretsOfToken('token', TOKEN),
      secretOf('p', PASSWORD),
      secretOf('a', ADDRESS, true),
    ];
    const others = writeEveryWay(randomBytes(32).toString('base64url')).map(({ text }) => text);
    expect(search(amid(others.join('\n')), secrets)).toEqual([]);
  });
});
