import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { decodeUserId, encodeUserId, userIdText } from './user-id.ts';

const { Binary, Long, ObjectId, UUID, BSON } = mongo;
const HEX = '65a1b2c3d4e5f60718293a4b';
const UUID_TEXT = '0f8fad5b-d9cb-469f-a165-70867728950e';

/** Every two of these are two different users. */
const IDS: readonly [string, unknown, string][] = [
  ['an ObjectId', ObjectId.createFromHexString(HEX), HEX],
  ['the hex of an ObjectId as text', HEX, HEX],
  ['a number', 42, '42'],
  ['the digits of a number as text', '42', '42'],
  ['a negative fraction', -0.5, '-0.5'],
  ['a large double', 1e21, '1e+21'],
  ['a 64-bit integer', Long.fromString('9007199254740993'), '9007199254740993'],
  ['its digits as text', '9007199254740993', '9007199254740993'],
  ['a UUID', new UUID(UUID_TEXT).toBinary(), UUID_TEXT],
  ['a UUID as text', UUID_TEXT, UUID_TEXT],
  ['text that looks encoded', 's:x', 's:x'],
  ['an empty text', '', ''],
  ['text with accents and line ends', 'zoë\n\u212a', 'zoë\n\u212a'],
];

describe('a user id', () => {
  it.each(IDS)('comes back as it was stored: %s', (_, stored) => {
    const decoded = decodeUserId(encodeUserId(stored));

    // As BSON, since that is what the database compares.
    expect(BSON.serialize({ _id: decoded })).toEqual(BSON.serialize({ _id: stored }));
  });

  it.each([
    ['a legacy UUID', new Binary(Buffer.alloc(16, 7), 3)],
    ['other bytes', new Binary(Buffer.from('abc'), 0)],
    ['a date', new Date(1)],
    ['an embedded document', { realm: 'a', id: 1 }],
    ['the same in another order', { id: 1, realm: 'a' }],
  ])('comes back as it was stored even when it is %s', (_, stored) => {
    const decoded = decodeUserId(encodeUserId(stored));
    expect(BSON.serialize({ _id: decoded })).toEqual(BSON.serialize({ _id: stored }));
  });

  it('is never the same for two users', () => {
    const encoded = IDS.map(([, stored]) => encodeUserId(stored));
    expect(new Set(encoded).size).toBe(IDS.length);
    expect(encodeUserId({ realm: 'a', id: 1 })).not.toBe(encodeUserId({ id: 1, realm: 'a' }));
  });

  it.each(IDS)('has the text that session stores keep: %s', (_, stored, text) => {
    expect(userIdText(encodeUserId(stored))).toBe(text);
  });

  it('cannot be made of nothing, nor read from a string of somebody else', () => {
    expect(() => encodeUserId(undefined)).toThrow(TypeError);
    expect(() => encodeUserId(null)).toThrow(TypeError);
    expect(() => decodeUserId('ada')).toThrow(TypeError);
  });
});
