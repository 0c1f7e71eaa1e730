import type { HostCollections } from '@latchkey/settings';
import { describe, expect, it } from 'vitest';
import { HOST } from '../../test/support/host.ts';
import { type CollectionInfo, collectionsSay } from './collections-say.ts';

const say = (
  options: CollectionInfo['options'],
  {
    users = {},
    ...others
  }: { type?: string; name?: string; textIds?: boolean; users?: Partial<HostCollections['users']> } = {},
) =>
  collectionsSay({
    host: { ...HOST, users: { ...HOST.users, ...users } },
    infos: [{ name: others.name ?? 'users', type: others.type ?? 'collection', options }],
    textIds: others.textIds ?? false,
  });
const NOTHING = { problems: [], advice: [] };
const schema = ($jsonSchema: object) => ({
  validator: { $jsonSchema },
  validationLevel: 'strict',
  validationAction: 'error',
});
const EMAIL = { email: { bsonType: 'string' }, passwordHash: { bsonType: 'string', description: 'bcrypt' } };

describe('the options of the host’s collections', () => {
  it('are fine when there are none, or when they are about other things', () => {
    expect(say({})).toEqual(NOTHING);
    expect(say({ validator: { email: { $type: 'string' } } })).toEqual(NOTHING);
    expect(say({ collation: { locale: 'en', strength: 2 } })).toEqual(NOTHING);
    expect(say(schema({ bsonType: 'object', required: ['email'], properties: EMAIL }))).toEqual(NOTHING);
    expect(collectionsSay({ host: HOST, infos: [], textIds: true })).toEqual(NOTHING);
  });

  it.each([
    [
      'lists every field and not this one',
      { properties: { _id: {}, ...EMAIL }, additionalProperties: false },
    ],
    [
      'wants something else there',
      { properties: { credentialsChangedAt: { bsonType: ['string', 'null'] } } },
    ],
    [
      'speaks of JSON types, which know no date',
      { properties: { credentialsChangedAt: { type: 'string' } } },
    ],
    ['has a type for all other fields', { properties: EMAIL, additionalProperties: { bsonType: 'string' } }],
  ])('are a problem when a schema refuses the moment of the change: it %s', (_, refusing) => {
    const { problems, advice } = say(schema(refusing));
    expect(problems).toEqual([expect.stringMatching(/refuses a date .* USERS_CREDENTIALS_CHANGED_AT_FIELD/)]);
    expect(advice).toEqual([]);
  });

  it('are judged along the path of a field', () => {
    const users = { credentialsChangedAtField: 'security.changedAt', passwordField: 'security.hash' };
    const inner = (security: object) =>
      say(schema({ properties: { security }, additionalProperties: false }), { users });
    const both = { hash: { bsonType: 'string' }, changedAt: { bsonType: 'date' } };

    expect(inner({ bsonType: 'object', properties: both, additionalProperties: false })).toEqual(NOTHING);
    expect(inner({ properties: { hash: {} }, additionalProperties: false }).problems).toHaveLength(1);
    expect(inner({ properties: { hash: { bsonType: 'binData' } } }).problems).toEqual([
      expect.stringContaining('USERS_PASSWORD_FIELD'),
    ]);
    expect(say({ validator: { security: { $exists: false } } }, { users }).advice).toHaveLength(2);
  });

  it.each([
    ['operators that are not looked into', { validator: { $or: [{ a: 1 }] } }],
    ['keywords that are not looked into', schema({ properties: EMAIL, anyOf: [{ required: ['email'] }] })],
    [
      'patterns for names',
      schema({ properties: EMAIL, patternProperties: { At$: {} }, additionalProperties: false }),
    ],
  ])('are advice, not a verdict, when a validator has %s', (_, options) => {
    const { problems, advice } = say(options);
    expect(problems).toEqual([]);
    expect(advice).toContainEqual(
      expect.stringMatching(/cannot be judged.*USERS_CREDENTIALS_CHANGED_AT_FIELD/),
    );
  });

  it('are none of our business when the validator only warns, or is off', () => {
    const refusing = schema({ properties: EMAIL, additionalProperties: false });
    expect(say({ ...refusing, validationAction: 'warn' })).toEqual(NOTHING);
    expect(say({ ...refusing, validationLevel: 'off' })).toEqual(NOTHING);
  });

  it.each([
    ['a view', { type: 'view' }, { viewOn: 'people', pipeline: [] }],
    ['a time series', { type: 'timeseries' }, { timeseries: { timeField: 'at' } }],
    ['a capped collection', {}, { capped: true, size: 4096 }],
  ])('are a problem where users or sessions are %s', (kind, type, options) => {
    expect(say(options, type).problems).toEqual([expect.stringContaining(`USERS_COLLECTION names ${kind}`)]);
    expect(say(options, { ...type, name: 'sessions' }).problems).toEqual([
      expect.stringContaining(`SESSIONS_COLLECTION names ${kind}`),
    ]);
    expect(say(options, { ...type, name: 'another' })).toEqual(NOTHING);
  });

  it('are advice when text ids lie under a default collation: bytes are compared, without an index', () => {
    const options = { collation: { locale: 'en', strength: 2 } };
    expect(say(options, { textIds: true }).advice).toEqual([expect.stringContaining('default collation')]);
  });
});
