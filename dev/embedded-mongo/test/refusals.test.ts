import { Decimal128, type Document, Long, MongoClient, UUID } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/index.ts';
import { openRaw } from './raw-connection.ts';

/**
 * Features of MongoDB that the stand-in lacks. Each of them is an error with code 238, never another result.
 * A real server accepts them, so they are not part of the conformance suite.
 */
describe('the stand-in refuses what it does not implement', () => {
  let server: EmbeddedMongo;
  let client: MongoClient;

  beforeAll(async () => {
    server = await startEmbeddedMongo();
    client = await MongoClient.connect(server.uri('refusals'));
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });
  beforeEach(async () => {
    await client.db().collection('r').deleteMany({});
    await client
      .db()
      .collection<{ _id: number }>('r')
      .insertMany([{ _id: 1 }, { _id: 2 }]);
  });

  const NOT_IMPLEMENTED = {
    code: 238,
    message: expect.stringContaining('the embedded server does not implement'),
  };
  const decimal = Decimal128.fromString('5');
  const german = { locale: 'de', strength: 2 };

  const commands: readonly (readonly [string, Document])[] = [
    ['collation in find', { find: 'r', filter: { a: 'x' }, collation: german }],
    [
      'collation in update statements',
      { update: 'r', updates: [{ q: {}, u: { $set: { a: 1 } }, collation: german }] },
    ],
    ['collation in delete statements', { delete: 'r', deletes: [{ q: {}, limit: 1, collation: german }] }],
    ['collation in findAndModify', { findAndModify: 'r', remove: true, collation: german }],
    ['collation in distinct', { distinct: 'r', key: 'a', collation: german }],
    ['collation in count', { count: 'r', collation: german }],
    ['collation in aggregate', { aggregate: 'r', pipeline: [], cursor: {}, collation: german }],
    [
      'collation in indexes',
      { createIndexes: 'r', indexes: [{ key: { a: 1 }, name: 'a', unique: true, collation: german }] },
    ],
    ['collation of a collection', { create: 'c', collation: german }],
    ['validators', { create: 'c', validator: { a: 1 } }],
    ['capped collections', { create: 'c', capped: true, size: 1000 }],
    ['time series', { create: 'c', timeseries: { timeField: 't' } }],
    ['views', { create: 'c', viewOn: 'r', pipeline: [] }],
    ['clustered collections', { create: 'c', clusteredIndex: { key: { _id: 1 }, unique: true } }],
    ['expiry of a collection', { create: 'c', expireAfterSeconds: 10 }],
    ['explain as a command', { explain: { find: 'r' } }],
    ['explain in aggregate', { aggregate: 'r', pipeline: [], explain: true }],
    ['change streams on a collection', { aggregate: 'r', pipeline: [{ $changeStream: {} }], cursor: {} }],
    ['change streams on a database', { aggregate: 1, pipeline: [{ $changeStream: {} }], cursor: {} }],
    ['$out', { aggregate: 'r', pipeline: [{ $out: 'x' }], cursor: {} }],
    ['$merge', { aggregate: 'r', pipeline: [{ $merge: 'x' }], cursor: {} }],
    ['$unionWith', { aggregate: 'r', pipeline: [{ $unionWith: 'x' }], cursor: {} }],
    ['$graphLookup', { aggregate: 'r', pipeline: [{ $graphLookup: {} }], cursor: {} }],
    ['$bucket', { aggregate: 'r', pipeline: [{ $bucket: {} }], cursor: {} }],
    ['snapshot reads outside a transaction', { find: 'r', readConcern: { level: 'snapshot' } }],
    [
      'snapshot reads at a given time',
      { find: 'r', readConcern: { level: 'majority', atClusterTime: { t: 1 } } },
    ],
    ['returnKey', { find: 'r', returnKey: true }],
    ['showRecordId', { find: 'r', showRecordId: true }],
    ['min and max', { find: 'r', min: { a: 1 }, hint: { a: 1 } }],
    ['tailable cursors', { find: 'r', tailable: true }],
    ['text indexes', { createIndexes: 'r', indexes: [{ key: { a: 'text' }, name: 'a' }] }],
    ['hashed indexes', { createIndexes: 'r', indexes: [{ key: { a: 'hashed' }, name: 'a' }] }],
    ['geo indexes', { createIndexes: 'r', indexes: [{ key: { a: '2dsphere' }, name: 'a' }] }],
    ['wildcard indexes', { createIndexes: 'r', indexes: [{ key: { '$**': 1 }, name: 'a' }] }],
    ['hidden indexes', { createIndexes: 'r', indexes: [{ key: { a: 1 }, name: 'a', hidden: true }] }],
    ['currentOp', { currentOp: 1 }],
    ['collMod', { collMod: 'r' }],
    ['renameCollection', { renameCollection: 'refusals.r', to: 'refusals.s' }],
    ['the strict API', { find: 'r', apiVersion: '1', apiStrict: true }],
    ['write concerns by tags', { insert: 'r', documents: [{}], writeConcern: { w: { dc: 1 } } }],
  ];
  for (const [name, command] of commands)
    test(name, async () => {
      await expect(client.db().command(command).then(firstError)).rejects.toMatchObject(NOT_IMPLEMENTED);
    });

  /** The first error in the reply of a write command. The helpers of the driver would throw it. */
  const firstError = (reply: Document): Document => {
    const [error] = reply['writeErrors'] ?? [];
    if (error) throw Object.assign(new Error(error.errmsg), { code: error.code });
    return reply;
  };

  const filters: readonly (readonly [string, Document])[] = [
    ['$where', { $where: 'true' }],
    ['$text', { $text: { $search: 'x' } }],
    ['$jsonSchema', { $jsonSchema: {} }],
    ['$near', { a: { $near: [0, 0] } }],
    ['$geoWithin', { a: { $geoWithin: {} } }],
    ['$bitsAllSet', { a: { $bitsAllSet: 1 } }],
    ['the regular expression option x', { a: { $regex: 'a', $options: 'x' } }],
    ['lookahead', { a: { $regex: 'a(?=b)' } }],
    ['negative lookahead', { a: { $regex: '^(?!b)' } }],
    ['lookbehind', { a: { $regex: '(?<=a)b' } }],
    ['backreferences', { a: { $regex: '(a)\\1' } }],
    ['possessive and atomic groups', { a: { $regex: '(?>a+)b' } }],
    ['"$" in the middle of a pattern', { a: { $regex: 'a$\\nb' } }],
    ['$meta sorts', {}],
    ['variables of other features', { $expr: { $eq: ['$$USER_ROLES', 1] } }],
  ];
  for (const [name, filter] of filters)
    test(name, async () => {
      const cursor = client
        .db()
        .collection('r')
        .find(filter, name === '$meta sorts' ? { sort: { a: { $meta: 'textScore' } } } : {});
      await expect(cursor.toArray()).rejects.toMatchObject(NOT_IMPLEMENTED);
    });

  const rows = () => client.db().collection<Document & { _id: number }>('r');
  const decimals: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'a Decimal128 in a filter against numbers',
      () =>
        rows()
          .find({ _id: { $gt: decimal } as never })
          .toArray(),
    ],
    [
      'a filter on numbers against a stored Decimal128',
      () =>
        rows()
          .find({ d: { $gt: 1 } })
          .toArray(),
    ],
    ['equality with a stored Decimal128', () => rows().find({ d: 5 }).toArray()],
    [
      'sorting Decimal128',
      () =>
        rows()
          .find({}, { sort: { d: 1 } })
          .toArray(),
    ],
    [
      'summing Decimal128',
      () =>
        rows()
          .aggregate([{ $group: { _id: null, s: { $sum: '$d' } } }])
          .toArray(),
    ],
    [
      'adding Decimal128',
      () =>
        rows()
          .aggregate([{ $project: { s: { $add: ['$d', 1] } } }])
          .toArray(),
    ],
    ['$inc of a Decimal128', () => rows().updateOne({ _id: 1 }, { $inc: { d: 1 } })],
    ['$inc by a Decimal128', () => rows().updateOne({ _id: 1 }, { $inc: { n: decimal } })],
    ['indexing Decimal128', () => rows().createIndex({ d: 1 }, { unique: true })],
    [
      'a Decimal128 as _id',
      () =>
        client
          .db()
          .collection<Document>('r')
          .insertOne({ _id: decimal as never }),
    ],
    ['distinct over Decimal128', () => rows().distinct('d')],
  ];
  for (const [name, attempt] of decimals)
    test(name, async () => {
      await rows().updateMany({}, { $set: { d: decimal, n: 1 } });
      await expect(attempt()).rejects.toMatchObject(NOT_IMPLEMENTED);
    });

  test('a Decimal128 is stored and comes back as it was', async () => {
    await rows().updateOne({ _id: 1 }, { $set: { d: Decimal128.fromString('1.50') } });
    expect(String((await rows().findOne({ _id: 1 }))?.['d'])).toBe('1.50');
  });

  test('a snapshot session', async () => {
    const session = client.startSession({ snapshot: true });
    await expect(rows().find({}, { session }).toArray()).rejects.toMatchObject(NOT_IMPLEMENTED);
    await session.endSession();
  });

  test('watch', async () => {
    await expect(rows().watch().next()).rejects.toMatchObject(NOT_IMPLEMENTED);
  });

  test('a hint to a partial or sparse index', async () => {
    await rows().createIndex({ p: 1 }, { partialFilterExpression: { p: { $exists: true } } });
    await expect(rows().find({}, { hint: 'p_1' }).toArray()).rejects.toMatchObject(NOT_IMPLEMENTED);
  });

  test('sorting by several fields that hold arrays', async () => {
    await rows().updateMany({}, { $set: { a: [1, 2], b: [1, 2] } });
    await expect(
      rows()
        .find({}, { sort: { a: 1, b: 1 } })
        .toArray(),
    ).rejects.toMatchObject(NOT_IMPLEMENTED);
  });

  test('an upsert with $in of one value, whose meaning for the new document is unclear', async () => {
    await expect(
      rows().updateOne({ k: { $in: [9] } }, { $set: { a: 1 } }, { upsert: true }),
    ).rejects.toMatchObject(NOT_IMPLEMENTED);
  });

  test('a regular expression over a text so long that searching it would keep everybody waiting', async () => {
    await rows().updateOne({ _id: 1 }, { $set: { long: 'x'.repeat(1_000_001) } });
    await expect(rows().find({ long: /y/ }).toArray()).rejects.toMatchObject(NOT_IMPLEMENTED);
  });

  test('deprecated and executable BSON types', async () => {
    const { Code, BSONSymbol } = await import('mongodb');
    for (const value of [new Code('1'), new BSONSymbol('x')])
      await expect(rows().insertOne({ _id: 9, value })).rejects.toMatchObject(NOT_IMPLEMENTED);
    expect(await rows().countDocuments()).toBe(2);
  });

  test('a retryable write that may reach several documents', async () => {
    const raw = await openRaw(server.host, server.port);
    const reply = await raw.send({
      update: 'r',
      updates: [{ q: {}, u: { $set: { a: 1 } }, multi: true }],
      lsid: { id: new UUID() },
      txnNumber: Long.ONE,
      $db: 'refusals',
    });
    expect(reply['writeErrors']).toMatchObject([{ code: 72 }]);
    raw.close();
  });
});
