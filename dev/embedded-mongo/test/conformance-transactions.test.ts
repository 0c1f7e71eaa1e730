import { Long, type MongoClient, UUID } from 'mongodb';
import { expect, test } from 'vitest';
import { describeBackends } from './conformance.backends.ts';
import { useClient } from './conformance.client.ts';
import { openRaw } from './raw-connection.ts';

const TRANSIENT = { code: 112, errorLabels: expect.arrayContaining(['TransientTransactionError']) };

const rawTo = async (client: MongoClient) => {
  const [host] = client.options.hosts;
  if (!host?.host || !host.port) throw new Error('the client has no host');
  return openRaw(host.host, host.port);
};

/** Whether a promise is still pending after all ready work has run and a short time has passed. */
const stillWaiting = async (promise: Promise<unknown>): Promise<boolean> =>
  (await Promise.race([
    promise.then(() => 'done'),
    new Promise((resolve) => setTimeout(resolve, 150, 'waiting')),
  ])) === 'waiting';

await describeBackends('transactions and sessions', (backend) => {
  const { client, db, fresh } = useClient(backend, 'transactions');

  test('a conflicting write fails at that write, not at the commit', async () => {
    const rows = await fresh('c', [{ a: 0 }]);
    const first = client().startSession();
    const second = client().startSession();
    first.startTransaction();
    second.startTransaction();
    await rows.updateOne({ _id: 0 }, { $inc: { a: 1 } }, { session: first });
    await expect(rows.updateOne({ _id: 0 }, { $inc: { a: 1 } }, { session: second })).rejects.toMatchObject({
      code: 112,
    });
    await first.commitTransaction();
    await second.abortTransaction();
    expect(await rows.findOne({})).toEqual({ _id: 0, a: 1 });
    await Promise.all([first.endSession(), second.endSession()]);
  });

  test('a write conflict tells the driver to retry the transaction', async () => {
    const rows = await fresh('c', [{ a: 0 }]);
    const session = client().startSession();
    session.startTransaction();
    await rows.findOne({ _id: 0 }, { session });
    await rows.updateOne({ _id: 0 }, { $inc: { a: 1 } });
    const error = await rows
      .updateOne({ _id: 0 }, { $inc: { a: 1 } }, { session })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 112 });
    expect(error).toSatisfy((thrown: { hasErrorLabel(label: string): boolean }) =>
      thrown.hasErrorLabel('TransientTransactionError'),
    );
    await session.endSession();
  });

  test('a transaction reads the state of its start', async () => {
    const rows = await fresh('c', [{ a: 0 }]);
    await rows.createIndex({ a: 1 });
    const session = client().startSession();
    session.startTransaction({ readConcern: { level: 'snapshot' } });
    await rows.findOne({ _id: 0 }, { session });
    await rows.updateOne({ _id: 0 }, { $set: { a: 5 } });
    await rows.insertOne({ _id: 1, a: 0 });
    expect(await rows.find({ a: 0 }, { session }).toArray()).toEqual([{ _id: 0, a: 0 }]);
    await rows.deleteOne({ _id: 0 });
    expect(await rows.find({}, { session }).toArray()).toEqual([{ _id: 0, a: 0 }]);
    await session.commitTransaction();
    expect(await rows.find({}, { session }).toArray()).toEqual([{ _id: 1, a: 0 }]);
    await session.endSession();
  });

  test('a transaction sees its own writes, also through indexes', async () => {
    const rows = await fresh('c', [{ a: 0 }]);
    await rows.createIndex({ a: 1 });
    const session = client().startSession();
    session.startTransaction();
    await rows.updateOne({ _id: 0 }, { $set: { a: 7 } }, { session });
    await rows.insertOne({ _id: 1, a: 7 }, { session });
    expect(await rows.find({ a: 7 }, { session, sort: { _id: 1 } }).toArray()).toHaveLength(2);
    expect(await rows.find({ a: 0 }, { session }).toArray()).toHaveLength(0);
    expect(await rows.find({ a: 7 }).toArray()).toHaveLength(0);
    await session.commitTransaction();
    expect(await rows.find({ a: 7 }).toArray()).toHaveLength(2);
    await session.endSession();
  });

  test('collections, indexes and documents of a transaction do not survive its abort', async () => {
    await db().collection('made').drop();
    const session = client().startSession();
    session.startTransaction();
    await db().createCollection('made', { session });
    await db().collection('made').createIndex({ a: 1 }, { unique: true, session });
    await db().collection('made').insertOne({ a: 1 }, { session });
    expect(await db().listCollections({ name: 'made' }).toArray()).toEqual([]);
    await session.abortTransaction();
    expect(await db().listCollections({ name: 'made' }).toArray()).toEqual([]);
    expect(await db().collection('made').countDocuments()).toBe(0);
    await session.endSession();
  });

  test('what a transaction makes is there after its commit, indexes included', async () => {
    await db().collection('made').drop();
    await client().withSession((session) =>
      session.withTransaction(async () => {
        await db().collection('made').createIndex({ a: 1 }, { unique: true, session });
        await db().collection('made').insertOne({ a: 1 }, { session });
      }),
    );
    await expect(db().collection('made').insertOne({ a: 1 })).rejects.toMatchObject({ code: 11000 });
  });

  test('a plain write waits for the transaction that holds the document', async () => {
    const rows = await fresh('c', [{ a: 0 }]);
    const session = client().startSession();
    session.startTransaction();
    await rows.updateOne({ _id: 0 }, { $set: { a: 10 } }, { session });
    const plain = rows.updateOne({ _id: 0 }, { $inc: { a: 1 } });
    expect(await stillWaiting(plain)).toBe(true);
    await session.commitTransaction();
    await plain;
    expect(await rows.findOne({})).toEqual({ _id: 0, a: 11 });
    await session.endSession();
  });

  test('a plain insert of a value that a transaction has taken waits, and then fails or not by its outcome', async () => {
    const rows = await fresh('c');
    await rows.createIndex({ a: 1 }, { unique: true });
    for (const commits of [true, false]) {
      const session = client().startSession();
      session.startTransaction();
      await rows.insertOne({ _id: 1, a: 1 }, { session });
      const plain = rows.insertOne({ _id: 2, a: 1 }).then(
        () => 'inserted',
        (error: { code: number }) => error.code,
      );
      expect(await stillWaiting(plain)).toBe(true);
      await (commits ? session.commitTransaction() : session.abortTransaction());
      expect(await plain).toBe(commits ? 11000 : 'inserted');
      await session.endSession();
      await rows.deleteMany({});
    }
  });

  test('a waiting write gives up at its maxTimeMS', async () => {
    const rows = await fresh('c', [{ a: 0 }]);
    const session = client().startSession();
    session.startTransaction();
    await rows.updateOne({ _id: 0 }, { $set: { a: 10 } }, { session });
    await expect(
      rows.findOneAndUpdate({ _id: 0 }, { $inc: { a: 1 } }, { maxTimeMS: 50 }),
    ).rejects.toMatchObject({ code: 50 });
    await session.abortTransaction();
    expect(await rows.findOne({})).toEqual({ _id: 0, a: 0 });
    await session.endSession();
  });

  test('a commit sent again after success succeeds again', async () => {
    const rows = await fresh('c', [{ a: 0 }]);
    const session = client().startSession();
    session.startTransaction();
    await rows.updateOne({ _id: 0 }, { $inc: { a: 1 } }, { session });
    await session.commitTransaction();
    await session.commitTransaction();
    expect(await rows.findOne({})).toEqual({ _id: 0, a: 1 });
    await session.endSession();
  });

  test('ending a session aborts its transaction', async () => {
    const rows = await fresh('c', [{ a: 0 }]);
    const session = client().startSession();
    session.startTransaction();
    await rows.updateOne({ _id: 0 }, { $inc: { a: 1 } }, { session });
    await session.endSession();
    await rows.updateOne({ _id: 0 }, { $inc: { a: 5 } });
    expect(await rows.findOne({})).toEqual({ _id: 0, a: 5 });
  });

  test('count is not allowed in a transaction', async () => {
    const rows = await fresh('c', [{ a: 0 }]);
    const session = client().startSession();
    session.startTransaction();
    await expect(db().command({ count: rows.collectionName }, { session })).rejects.toMatchObject({
      code: 263,
    });
    await session.endSession();
  });

  test('a unique value given up in a transaction can be taken in the same one', async () => {
    const rows = await fresh('c', [{ a: 1 }]);
    await rows.createIndex({ a: 1 }, { unique: true });
    await client().withSession((session) =>
      session.withTransaction(async () => {
        await rows.deleteOne({ _id: 0 }, { session });
        await rows.insertOne({ _id: 5, a: 1 }, { session });
      }),
    );
    expect(await rows.find({ a: 1 }).toArray()).toEqual([{ _id: 5, a: 1 }]);
  });

  test('a write sent again with the same number is answered, not run again', async () => {
    const rows = await fresh('r', [{ a: 0 }]);
    const raw = await rawTo(client());
    const lsid = { id: new UUID() };
    const $db = db().databaseName;
    const increment = {
      update: 'r',
      updates: [{ q: { _id: 0 }, u: { $inc: { a: 1 } } }],
      lsid,
      txnNumber: Long.ONE,
      $db,
    };
    expect(await raw.send(increment)).toMatchObject({ ok: 1, n: 1, nModified: 1 });
    expect(await raw.send(increment)).toMatchObject({ ok: 1, n: 1, nModified: 1 });
    expect(await rows.findOne({ _id: 0 })).toEqual({ _id: 0, a: 1 });

    const insert = { insert: 'r', documents: [{ _id: 7 }], lsid, txnNumber: Long.fromNumber(2), $db };
    expect(await raw.send(insert)).toMatchObject({ ok: 1, n: 1 });
    const again = await raw.send(insert);
    expect(again).toMatchObject({ ok: 1, n: 1 });
    expect(again).not.toHaveProperty('writeErrors');

    const modify = {
      findAndModify: 'r',
      query: { _id: 0 },
      update: { $inc: { a: 1 } },
      new: true,
      lsid,
      txnNumber: Long.fromNumber(3),
      $db,
    };
    expect(await raw.send(modify)).toMatchObject({ value: { _id: 0, a: 2 } });
    expect(await raw.send(modify)).toMatchObject({ value: { _id: 0, a: 2 } });
    expect(await raw.send(increment)).toMatchObject({ ok: 0, code: 225 });
    raw.close();
  });

  test('a write sent again while the first still waits runs once', async () => {
    const rows = await fresh('r', [{ a: 0 }]);
    const session = client().startSession();
    session.startTransaction();
    await rows.updateOne({ _id: 0 }, { $set: { a: 10 } }, { session });
    const [one, two] = await Promise.all([rawTo(client()), rawTo(client())]);
    const increment = {
      update: 'r',
      updates: [{ q: { _id: 0 }, u: { $inc: { a: 1 } } }],
      lsid: { id: new UUID() },
      txnNumber: Long.ONE,
      $db: db().databaseName,
    };
    const replies = [one.send(increment), two.send(increment)];
    expect(await stillWaiting(Promise.race(replies))).toBe(true);
    await session.commitTransaction();
    expect(await Promise.all(replies)).toMatchObject([
      { ok: 1, n: 1 },
      { ok: 1, n: 1 },
    ]);
    expect(await rows.findOne({})).toEqual({ _id: 0, a: 11 });
    one.close();
    two.close();
    await session.endSession();
  });

  test('raw: the conflict carries its label in the reply', async () => {
    const rows = await fresh('r', [{ a: 0 }]);
    const raw = await rawTo(client());
    const session = client().startSession();
    session.startTransaction();
    await rows.updateOne({ _id: 0 }, { $set: { a: 10 } }, { session });
    const reply = await raw.send({
      update: 'r',
      updates: [{ q: { _id: 0 }, u: { $inc: { a: 1 } } }],
      lsid: { id: new UUID() },
      txnNumber: Long.ONE,
      startTransaction: true,
      autocommit: false,
      $db: db().databaseName,
    });
    expect(reply).toMatchObject({ ok: 0, ...TRANSIENT });
    raw.close();
    await session.abortTransaction();
    await session.endSession();
  });
});
