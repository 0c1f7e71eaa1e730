import type { Document } from 'mongodb';
import { expect, test } from 'vitest';
import { describeBackends } from './conformance.backends.ts';
import { useClient } from './conformance.client.ts';

await describeBackends('indexes and collections', (backend) => {
  const { client, db, fresh } = useClient(backend, 'indexes');

  const create = (...indexes: Document[]) => db().command({ createIndexes: 'i', indexes });

  const invalid: readonly (readonly [string, Document])[] = [
    ['a TTL on several fields', { key: { a: 1, b: 1 }, expireAfterSeconds: 1 }],
    ['a negative TTL', { key: { a: 1 }, expireAfterSeconds: -1 }],
    ['no fields', { key: {} }],
    ['a direction of 0', { key: { a: 0 } }],
    ['an unknown kind', { key: { a: 'bogus' } }],
    ['$ne in a partial filter', { key: { a: 1 }, partialFilterExpression: { a: { $ne: 1 } } }],
    ['a regular expression in a partial filter', { key: { a: 1 }, partialFilterExpression: { a: /x/ } }],
    ['sparse with partial', { key: { a: 1 }, sparse: true, partialFilterExpression: { a: 1 } }],
    ['unknown options', { key: { a: 1 }, bogus: 1 }],
  ];
  for (const [name, spec] of invalid)
    test(`${name} is an error and makes nothing`, async () => {
      await fresh('i', [{ a: 1 }]);
      await expect(create({ name: 'x', ...spec })).rejects.toMatchObject({ code: expect.any(Number) });
      expect(await db().collection('i').indexes()).toHaveLength(1);
    });

  test('all of several indexes are made, or none', async () => {
    await fresh('i', [
      { a: 1, b: 1 },
      { a: 2, b: 1 },
    ]);
    await expect(
      create({ name: 'a', key: { a: 1 } }, { name: 'b', key: { b: 1 }, unique: true }),
    ).rejects.toMatchObject({ code: 11000 });
    expect(await db().collection('i').indexes()).toHaveLength(1);
  });

  test('a unique index treats missing as null, a sparse one leaves it out', async () => {
    const rows = await fresh('i');
    await rows.createIndex({ e: 1 }, { unique: true });
    await rows.insertOne({ _id: 1 });
    await expect(rows.insertOne({ _id: 2 })).rejects.toMatchObject({ code: 11000 });
    await rows.dropIndex('e_1');
    await rows.createIndex({ e: 1 }, { unique: true, sparse: true });
    await rows.insertOne({ _id: 2 });
    expect(await rows.countDocuments()).toBe(2);
  });

  test('a unique index below an array treats what is no document as null, and an empty array as nothing else', async () => {
    const rows = await fresh('i');
    await rows.createIndex({ 'e.k': 1 }, { unique: true });
    await rows.createIndex({ u: 1 }, { unique: true, sparse: true });
    await rows.insertOne({ _id: 1, e: [1, { k: 5 }], u: null });
    for (const e of [[], {}, [2], { k: 5 }])
      await expect(rows.insertOne({ _id: 2, e })).rejects.toMatchObject({ code: 11000 });
    await rows.insertOne({ _id: 3, e: { k: 6 }, u: [] });
    await expect(rows.insertOne({ _id: 4, e: { k: 7 }, u: [] })).rejects.toMatchObject({ code: 11000 });
  });

  test('a compound unique index looks at the combination, also in updates', async () => {
    const rows = await fresh('i', [
      { a: 1, b: 1 },
      { a: 1, b: 2 },
    ]);
    await rows.createIndex({ a: 1, b: 1 }, { unique: true });
    await expect(rows.insertOne({ _id: 9, a: 1, b: 1 })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { a: 1, b: 1 },
      keyValue: { a: 1, b: 1 },
    });
    await expect(rows.updateOne({ b: 2 }, { $set: { b: 1 } })).rejects.toMatchObject({ code: 11000 });
  });

  test('numbers of different types are the same unique value', async () => {
    const rows = await fresh('i');
    await rows.createIndex({ n: 1 }, { unique: true });
    const { Double, Long } = await import('mongodb');
    await rows.insertOne({ _id: 1, n: new Double(1) });
    await expect(rows.insertOne({ _id: 2, n: Long.fromNumber(1) })).rejects.toMatchObject({ code: 11000 });
  });

  test('the same index again is no change, another under its name or with its key is a conflict', async () => {
    const rows = await fresh('i', [{ a: 1 }]);
    await rows.createIndex({ a: 1 }, { name: 'x' });
    await rows.createIndex({ a: 1 }, { name: 'x' });
    await expect(rows.createIndex({ b: 1 }, { name: 'x' })).rejects.toMatchObject({ code: 86 });
    await expect(rows.createIndex({ a: 1 }, { name: 'y' })).rejects.toMatchObject({ code: 85 });
    expect(await rows.indexes()).toHaveLength(2);
  });

  test('listIndexes shows what was asked for', async () => {
    const rows = await fresh('i', [{}]);
    await rows.createIndex({ purgeAt: 1 }, { expireAfterSeconds: 0 });
    await rows.createIndex({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $exists: true } } });
    expect(await rows.indexes()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { purgeAt: 1 }, name: 'purgeAt_1', expireAfterSeconds: 0 },
      { v: 2, key: { dueAt: 1 }, name: 'dueAt_1', partialFilterExpression: { dueAt: { $exists: true } } },
    ]);
  });

  test('indexes are dropped by name, and the one on _id never', async () => {
    const rows = await fresh('i', [{}]);
    await rows.createIndex({ a: 1 });
    await rows.dropIndex('a_1');
    await expect(rows.dropIndex('a_1')).rejects.toMatchObject({ code: 27 });
    await expect(rows.dropIndex('_id_')).rejects.toMatchObject({ code: 72 });
  });

  test('databases and collections are listed and dropped', async () => {
    await fresh('listed', [{}]);
    const admin = client().db().admin();
    expect((await admin.listDatabases()).databases.map(({ name }) => name)).toContain(db().databaseName);
    expect(
      (await db().listCollections({ name: 'listed' }).toArray()).map(({ name, type }) => [name, type]),
    ).toEqual([['listed', 'collection']]);
    await db().dropCollection('listed');
    expect(await db().listCollections({ name: 'listed' }).toArray()).toEqual([]);
    await expect(db().command({ listIndexes: 'listed' })).rejects.toMatchObject({ code: 26 });
  });

  test('ping, buildInfo, serverStatus and replSetGetStatus answer', async () => {
    const admin = client().db().admin();
    expect(await admin.ping()).toMatchObject({ ok: 1 });
    expect((await admin.buildInfo())['version']).toMatch(/^\d+\.\d+\.\d+/);
    expect(await admin.command({ serverStatus: 1 })).toMatchObject({ ok: 1, version: expect.any(String) });
    expect(await admin.command({ replSetGetStatus: 1 })).toMatchObject({
      ok: 1,
      myState: 1,
      set: expect.any(String),
    });
  });
});
