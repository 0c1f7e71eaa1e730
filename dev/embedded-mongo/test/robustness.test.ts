import { randomBytes } from 'node:crypto';
import { type Document, MongoClient, ObjectId } from 'mongodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startEmbeddedMongo } from '../src/index.ts';
import { startServer } from '../src/server.ts';
import { messageOf, openRaw } from './raw-connection.ts';

const ROUNDS = 300;

describe('the stand-in stays up', () => {
  const defects: string[] = [];
  let server: Awaited<ReturnType<typeof startServer>>;
  let client: MongoClient;

  beforeEach(async () => {
    defects.length = 0;
    server = await startServer({
      host: '127.0.0.1',
      port: 0,
      ttlIntervalMs: 20,
      transactionLifetimeMs: 200,
      log: (line) => defects.push(line),
    });
    defects.length = 0;
    client = await MongoClient.connect(server.uri('robust'));
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  test(`through ${ROUNDS} rounds of random and damaged messages, without a defect of its own`, async () => {
    for (let i = 0; i < ROUNDS; i++) {
      const raw = await openRaw(server.host, server.port);
      const bytes = randomBytes(40 + i);
      if (i % 2 === 1) {
        bytes.writeInt32LE(bytes.length, 0);
        bytes.writeInt32LE(i % 4 === 1 ? 2013 : 2004, 12);
        bytes.writeUInt32LE(0, 16);
        bytes[20] = i % 3;
      }
      raw.socket.end(bytes);
      await raw.closed;
    }
    expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect(defects).toEqual([]);
  });

  test('through every prefix and every flipped byte of a good message', async () => {
    const good = messageOf({ find: 'x', filter: { a: { $in: [1, 'b'] } }, $db: 'robust' });
    for (let at = 4; at < good.length; at++) {
      const flipped = Buffer.from(good);
      flipped[at] = (flipped[at] ?? 0) ^ 0xff;
      const cut = Buffer.from(good.subarray(0, Math.max(16, at)));
      cut.writeInt32LE(cut.length, 0);
      const raw = await openRaw(server.host, server.port);
      raw.write(flipped);
      raw.socket.end(cut);
      await raw.closed;
    }
    expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect(defects).toEqual([]);
  });

  test('a damaged body is answered with an error, and the connection goes on', async () => {
    const raw = await openRaw(server.host, server.port);
    const damaged = messageOf({ ping: 1, $db: 'robust' });
    damaged.writeInt32LE(9999, 21);
    raw.write(damaged);
    expect(await raw.reply()).toMatchObject({ ok: 0, code: 22 });
    expect(await raw.send({ ping: 1, $db: 'robust' })).toMatchObject({ ok: 1 });
    raw.close();
  });

  test('every field of every command given a wrong type is an error of the client or is obeyed, never a defect', async () => {
    const good: readonly Document[] = [
      {
        find: 'j',
        filter: {},
        sort: {},
        projection: {},
        hint: 'x',
        skip: 1,
        limit: 1,
        batchSize: 1,
        let: {},
      },
      { aggregate: 'j', pipeline: [{ $match: {} }], cursor: {}, let: {}, hint: 'x' },
      { count: 'j', query: {}, limit: 1, skip: 1 },
      { distinct: 'j', key: 'a', query: {} },
      { insert: 'j', documents: [{ _id: 1 }], ordered: true, writeConcern: {} },
      {
        update: 'j',
        updates: [{ q: {}, u: { $set: { a: 1 } }, arrayFilters: [], multi: true }],
        ordered: false,
      },
      { delete: 'j', deletes: [{ q: {}, limit: 1 }] },
      {
        findAndModify: 'j',
        query: {},
        update: { $set: { a: 1 } },
        fields: {},
        sort: {},
        new: true,
        upsert: true,
      },
      { createIndexes: 'j', indexes: [{ key: { a: 1 }, name: 'a' }] },
      { dropIndexes: 'j', index: 'a' },
      { listIndexes: 'j', cursor: {} },
      { listCollections: 1, filter: {}, cursor: {} },
      { listDatabases: 1, filter: {} },
      { create: 'j2' },
      { getMore: 1, collection: 'j', batchSize: 1 },
      { killCursors: 'j', cursors: [] },
      { endSessions: [], lsid: {} },
      { commitTransaction: 1, lsid: {}, txnNumber: 1, autocommit: false },
    ];
    const junk = [
      null,
      -1,
      1.5,
      'x',
      '$x',
      true,
      [],
      [1],
      [null],
      [[]],
      {},
      { a: 1 },
      { $a: 1 },
      { a: { $in: 1 } },
      new Date(0),
      /x/,
      new ObjectId(),
    ];
    const generic = {
      lsid: 1,
      txnNumber: 1,
      maxTimeMS: 1,
      readConcern: 1,
      writeConcern: 1,
      collation: 1,
      $db: 1,
      autocommit: 1,
      startTransaction: 1,
    };
    const raw = await openRaw(server.host, server.port);
    for (const command of good)
      for (const field of Object.keys({ ...command, ...generic }))
        for (const value of junk) await raw.send({ ...command, $db: 'robust', [field]: value });

    const statements: readonly (readonly [Document, string, Document])[] = [
      [
        { update: 'j' },
        'updates',
        {
          q: {},
          u: { $set: { a: 1 } },
          multi: false,
          upsert: false,
          arrayFilters: [],
          hint: 'x',
          collation: {},
        },
      ],
      [{ delete: 'j' }, 'deletes', { q: {}, limit: 1, hint: 'x', collation: {} }],
      [{ insert: 'j' }, 'documents', { _id: 5 }],
      [
        { createIndexes: 'j' },
        'indexes',
        {
          key: { a: 1 },
          name: 'a',
          unique: true,
          sparse: true,
          expireAfterSeconds: 1,
          partialFilterExpression: {},
          v: 2,
          collation: {},
        },
      ],
      [
        { aggregate: 'j', cursor: {} },
        'pipeline',
        { $lookup: { from: 'j', as: 'x', localField: 'a', foreignField: 'a' } },
      ],
    ];
    for (const [command, list, statement] of statements)
      for (const field of Object.keys(statement))
        for (const value of junk)
          await raw.send({ ...command, [list]: [{ ...statement, [field]: value }], $db: 'robust' });

    const operators = [
      '$set',
      '$inc',
      '$mul',
      '$push',
      '$pull',
      '$pullAll',
      '$pop',
      '$addToSet',
      '$min',
      '$max',
      '$rename',
      '$unset',
      '$bit',
      '$currentDate',
      '$setOnInsert',
      '$foo',
    ];
    const conditions = [
      '$eq',
      '$gt',
      '$in',
      '$nin',
      '$all',
      '$size',
      '$mod',
      '$type',
      '$exists',
      '$regex',
      '$options',
      '$elemMatch',
      '$not',
      '$ne',
    ];
    const stages = [
      '$match',
      '$project',
      '$group',
      '$sort',
      '$limit',
      '$skip',
      '$count',
      '$sample',
      '$unwind',
      '$lookup',
      '$facet',
      '$set',
      '$unset',
      '$replaceWith',
      '$sortByCount',
    ];
    const expressions = [
      '$add',
      '$cond',
      '$map',
      '$filter',
      '$reduce',
      '$let',
      '$switch',
      '$dateToString',
      '$toDate',
      '$toInt',
      '$slice',
      '$arrayElemAt',
      '$substrCP',
      '$range',
      '$mergeObjects',
      '$concat',
      '$size',
      '$divide',
      '$type',
      '$year',
      '$in',
      '$sum',
    ];
    await raw.send({ insert: 'k', documents: [{ _id: 1, a: 1, b: [1, { c: 1 }] }], $db: 'robust' });
    for (const value of junk) {
      for (const name of operators)
        for (const u of [{ [name]: value }, { [name]: { a: value } }, { [name]: { 'b.1.c': value } }])
          await raw.send({ update: 'k', updates: [{ q: {}, u, upsert: true }], $db: 'robust' });
      for (const name of conditions)
        for (const filter of [
          { a: { [name]: value } },
          { b: { $elemMatch: { [name]: value } } },
          { [name]: value },
        ])
          await raw.send({ find: 'k', filter, $db: 'robust' });
      for (const name of stages)
        await raw.send({ aggregate: 'k', pipeline: [{ [name]: value }], cursor: {}, $db: 'robust' });
      for (const name of expressions)
        for (const argument of [value, [value], [value, value], [value, value, value]])
          await raw.send({
            aggregate: 'k',
            pipeline: [{ $project: { x: { [name]: argument } } }],
            cursor: {},
            $db: 'robust',
          });
    }
    raw.close();
    expect(defects).toEqual([]);
  });

  test('a message that comes byte by byte, and two that come at once', async () => {
    const raw = await openRaw(server.host, server.port);
    const ping = messageOf({ ping: 1, $db: 'robust' });
    for (const byte of ping) raw.write(Buffer.from([byte]));
    expect(await raw.reply()).toMatchObject({ ok: 1 });
    raw.write(Buffer.concat([ping, ping]));
    expect([await raw.reply(), await raw.reply()]).toMatchObject([{ ok: 1 }, { ok: 1 }]);
    raw.close();
  });

  test('nesting beyond the limit is an error', async () => {
    let deep: object = {};
    for (let i = 0; i < 3000; i++) deep = { a: deep };
    await expect(client.db().collection('deep').insertOne(deep)).rejects.toMatchObject({ code: 15 });
  });

  test('84 MB come back in batches', async () => {
    const rows = client.db().collection<{ _id: number; pad: string }>('big');
    await rows.insertMany(Array.from({ length: 12 }, (_, i) => ({ _id: i, pad: 'x'.repeat(7_000_000) })));
    let read = 0;
    for await (const row of rows.find()) read += row.pad.length;
    expect(read).toBe(84_000_000);
  });

  test('a backtracking pattern does not stall anybody', async () => {
    const rows = client.db().collection('regex');
    await rows.insertMany(Array.from({ length: 50 }, () => ({ a: `${'a'.repeat(5000)}!` })));
    const order: string[] = [];
    await Promise.all([
      rows
        .find({ a: { $regex: '^(a+)+$' } })
        .toArray()
        .then((found) => order.push(`regex ${found.length}`)),
      client
        .db()
        .command({ ping: 1 })
        .then(() => order.push('ping')),
    ]);
    // A search that backtracks would not end within the test's time limit.
    expect(order.sort()).toEqual(['ping', 'regex 0']);
  });

  test.each([
    ['a long text by a pattern of many states', { long: { $regex: '[xy]{0,900}[a-c]' } }],
    [
      'by patterns that are large once they are compiled',
      { short: { $in: Array.from({ length: 8 }, (_, i) => new RegExp('y{1000}'.repeat(1300 + i))) } },
    ],
    [
      'by many patterns in one command',
      { long: { $in: Array.from({ length: 20 }, (_, i) => new RegExp(`[xy]{0,${i + 10}}[a-c]`)) } },
    ],
  ])('a search that would stall everybody is refused: %s', async (_what, filter: Document) => {
    const rows = client.db().collection('search');
    await rows.insertOne({ long: 'x'.repeat(900_000), short: 'x' });
    await expect(rows.find(filter).toArray()).rejects.toMatchObject({ code: 238 });
  });

  test('an array of 300,000 values can be made, indexed, sorted by and listed', async () => {
    const rows = client.db().collection<{ _id: number; a?: number[] }>('long');
    const $each = Array.from({ length: 300_000 }, (_, i) => i);
    await rows.insertOne({ _id: 1 });
    await rows.updateOne({ _id: 1 }, { $push: { a: { $each } } });
    await rows.createIndex({ a: 1 });
    expect(
      await rows
        .find({ a: 299_999 }, { projection: { _id: 1 } })
        .sort({ a: 1 })
        .toArray(),
    ).toEqual([{ _id: 1 }]);
    expect(await rows.distinct('a')).toHaveLength(300_000);
  });

  test('20,000 errors of one command come back, the later ones without their message', async () => {
    const raw = await openRaw(server.host, server.port);
    const documents = Array.from({ length: 20_001 }, () => ({ _id: 1 }));
    const reply = await raw.send({ insert: 'many', documents, ordered: false, $db: 'robust' });
    raw.close();

    const errors: Document[] = reply['writeErrors'];
    expect(errors).toHaveLength(20_000);
    expect(errors[0]?.['errmsg']).toContain('E11000');
    expect(errors.at(-1)).toMatchObject({ code: 11000, errmsg: '' });
  });

  test('a reply that is too large is an error, and the connection goes on', async () => {
    const rows = client.db().collection<{ _id: string }>('keys');
    const attempt = rows.insertMany(
      Array.from({ length: 20_000 }, () => ({ _id: 'x'.repeat(1_000) })),
      { ordered: false },
    );
    await expect(attempt).rejects.toMatchObject({ code: 10334 });
    expect(await rows.countDocuments()).toBe(1);
  });

  test('maxTimeMS ends a long read', async () => {
    const rows = client.db().collection('slow');
    await rows.insertMany(Array.from({ length: 20_000 }, () => ({ a: 'x'.repeat(200) })));
    await expect(rows.find({ a: { $regex: '(x+x+)+y' } }, { maxTimeMS: 1 }).toArray()).rejects.toMatchObject({
      code: 50,
    });
  });

  test('a transaction past its lifetime is aborted and lets go of what it held', async () => {
    const rows = client.db().collection<{ _id: number; a: number }>('held');
    await rows.insertOne({ _id: 1, a: 0 });
    const session = client.startSession();
    session.startTransaction();
    await rows.updateOne({ _id: 1 }, { $set: { a: 10 } }, { session });
    await rows.updateOne({ _id: 1 }, { $inc: { a: 1 } });
    expect(await rows.findOne({})).toEqual({ _id: 1, a: 1 });
    await expect(session.commitTransaction()).rejects.toMatchObject({ code: 251 });
    await session.endSession();
  });

  test('a TTL index leaves a document alone while a transaction holds it', async () => {
    const rows = client.db().collection<{ _id: number; at: Date }>('ttl');
    await rows.insertOne({ _id: 1, at: new Date(Date.now() + 3_600_000) });
    await rows.createIndex({ at: 1 }, { expireAfterSeconds: 0 });
    await client.withSession((session) =>
      session.withTransaction(async () => {
        await rows.updateOne({ _id: 1 }, { $set: { at: new Date(0) } }, { session });
        expect(await rows.countDocuments()).toBe(1);
      }),
    );
    await expect.poll(() => rows.countDocuments()).toBe(0);
  });

  test('a client that leaves while its write waits does not have it done later', async () => {
    const rows = client.db().collection<{ _id: number; a: number }>('left');
    await rows.insertOne({ _id: 1, a: 0 });
    const session = client.startSession();
    session.startTransaction();
    await rows.updateOne({ _id: 1 }, { $set: { b: 1 } }, { session });
    const raw = await openRaw(server.host, server.port);
    raw.write(
      messageOf({ update: 'left', updates: [{ q: { _id: 1 }, u: { $inc: { a: 1 } } }], $db: 'robust' }),
    );
    raw.socket.end();
    await raw.closed;
    await session.abortTransaction();
    expect(await rows.findOne({})).toEqual({ _id: 1, a: 0 });
    await session.endSession();
  });
});

describe('starting', () => {
  test('anything but loopback is refused', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.0.1', 'example.com'])
      await expect(async () => startEmbeddedMongo({ host })).rejects.toThrow('loopback only');
  });

  test('the boot line says what it is and what it is not', async () => {
    const lines: string[] = [];
    const server = await startEmbeddedMongo({ log: (line) => lines.push(line) });
    expect(lines.join('\n')).toMatch(/development and tests only.*memory only.*loopback only/);
    await server.stop();
  });

  test('a port in use is an error', async () => {
    const server = await startEmbeddedMongo();
    await expect(startEmbeddedMongo({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await server.stop();
  });

  test('stopping twice, and with clients connected, is fine', async () => {
    const server = await startEmbeddedMongo();
    const raw = await openRaw(server.host, server.port);
    await server.stop();
    await raw.closed;
    await server.stop();
  });
});
