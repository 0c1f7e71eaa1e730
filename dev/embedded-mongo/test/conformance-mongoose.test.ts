import { createHash, randomBytes } from 'node:crypto';
import mongoose, { type Connection, Types } from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeBackends } from './conformance.backends.ts';
import { createModels, type Models } from './conformance.models.ts';

await describeBackends('mongoose', (backend) => {
  let stop: () => Promise<void>;
  let uri: string;
  let connection: Connection;
  let models: Models;

  beforeAll(async () => {
    const server = await backend.start();
    stop = server.stop;
    uri = server.uri(`conformance_mongoose_${process.pid}`);
    connection = await mongoose.createConnection(uri).asPromise();
    await connection.dropDatabase();
    models = createModels(connection);
    await Promise.all(Object.values(models).map((model) => model.init()));
  });
  afterAll(async () => {
    await connection?.dropDatabase();
    await connection?.close();
    await stop?.();
  });

  const inAnHour = () => new Date(Date.now() + 3_600_000);
  const createUser = (email: string, extra = {}) =>
    models.User.create({ email, passwordHash: 'x', ...extra });
  const createToken = (userId: Types.ObjectId, extra = {}) =>
    models.Token.create({
      userId,
      tokenHash: randomBytes(32).toString('hex'),
      expiresAt: inAnHour(),
      ...extra,
    });

  test('the topology is a replica set with a primary', async () => {
    const hello = await connection.db?.admin().command({ hello: 1 });
    expect(hello?.['setName']).toEqual(expect.any(String));
    expect(hello?.['isWritablePrimary']).toBe(true);
  });

  test('documents come back with defaults and timestamps, and changes are saved', async () => {
    const user = await createUser('A@x.io ');
    expect(user.email).toBe('a@x.io');

    const read = await models.User.findOne({ email: 'a@x.io' }).lean();
    expect(String(read?._id)).toBe(String(user._id));
    expect(read?.createdAt).toBeInstanceOf(Date);
    expect(read?.roles).toEqual(['user']);

    user.name = 'Al';
    await user.save();
    expect((await models.User.findById(user._id))?.name).toBe('Al');
  });

  test('a unique violation is error 11000 with key pattern and value', async () => {
    await createUser('dup@x.io');
    await expect(createUser('dup@x.io')).rejects.toMatchObject({
      code: 11000,
      keyPattern: { email: 1 },
      keyValue: { email: 'dup@x.io' },
      message: expect.stringContaining('E11000'),
    });
  });

  test('a partial unique index only holds for the documents in it', async () => {
    await createUser('p1@x.io');
    await createUser('p2@x.io');
    await createUser('p3@x.io', { phone: '1' });
    await expect(createUser('p4@x.io', { phone: '1' })).rejects.toMatchObject({ code: 11000 });

    const user = await createUser('p5@x.io');
    const token = await createToken(user._id);
    await expect(createToken(user._id)).rejects.toMatchObject({ code: 11000 });
    await models.Token.updateOne({ _id: token._id }, { status: 'revoked' });
    await createToken(user._id);
  });

  test('optimistic concurrency finds the second writer out', async () => {
    const user = await createUser('v@x.io');
    const first = await models.User.findById(user._id).orFail();
    const second = await models.User.findById(user._id).orFail();
    first.name = 'a';
    await first.save();
    second.name = 'b';
    await expect(second.save()).rejects.toMatchObject({ name: 'VersionError' });
  });

  test('exactly one of 200 concurrent consumers wins', async () => {
    const user = await createUser('c@x.io');
    const token = await createToken(user._id);
    const now = new Date();
    const results = await Promise.all(
      Array.from({ length: 200 }, () =>
        models.Token.findOneAndUpdate(
          { tokenHash: token.tokenHash, status: 'active', redeemedAt: null, expiresAt: { $gt: now } },
          { $set: { status: 'used', redeemedAt: now }, $inc: { attempts: 1 } },
          { returnDocument: 'after' },
        ),
      ),
    );
    const won = results.filter((result) => result !== null);
    expect(won).toHaveLength(1);
    expect(won[0]).toMatchObject({ attempts: 1, status: 'used' });
  });

  test('exactly one of 200 concurrent consumers over two clients and many connections wins', async () => {
    const other = await mongoose.createConnection(uri, { maxPoolSize: 50 }).asPromise();
    const otherModels = createModels(other);
    const user = await createUser('c2@x.io');
    const token = await createToken(user._id);
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        (i % 2 ? models : otherModels).Token.findOneAndUpdate(
          { tokenHash: token.tokenHash, status: 'active' },
          { status: 'used' },
        ),
      ),
    );
    expect(results.filter((result) => result !== null)).toHaveLength(1);
    await other.close();
  });

  test('withTransaction commits all of it and shows none of it before', async () => {
    const user = await createUser('t@x.io');
    const token = await createToken(user._id);
    const session = await connection.startSession();
    await session.withTransaction(async () => {
      await models.Token.updateOne({ _id: token._id, status: 'active' }, { status: 'used' }, { session });
      await models.User.updateOne(
        { _id: user._id },
        { passwordHash: 'new', $inc: { loginCount: 1 } },
        { session },
      );
      await models.Audit.create([{ userId: user._id, event: 'reset' }], { session });
      expect((await models.User.findById(user._id).session(session))?.passwordHash).toBe('new');
      expect((await models.User.findById(user._id))?.passwordHash).toBe('x');
    });
    expect((await models.User.findById(user._id))?.passwordHash).toBe('new');
    expect(await models.Audit.countDocuments({ userId: user._id })).toBe(1);
    await session.endSession();
  });

  test('a transaction that throws leaves nothing behind', async () => {
    const user = await createUser('t2@x.io');
    const attempt = connection.transaction(async (session) => {
      await models.User.updateOne({ _id: user._id }, { passwordHash: 'bad' }, { session });
      await models.Audit.create([{ userId: user._id, event: 'reset' }], { session });
      throw new Error('boom');
    });
    await expect(attempt).rejects.toThrow('boom');
    expect((await models.User.findById(user._id))?.passwordHash).toBe('x');
    expect(await models.Audit.countDocuments({ userId: user._id })).toBe(0);
  });

  test('a duplicate key in a transaction aborts it', async () => {
    const user = await createUser('t3@x.io');
    const attempt = connection.transaction(async (session) => {
      await models.User.updateOne({ _id: user._id }, { name: 'q' }, { session });
      await models.User.create([{ email: 't3@x.io', passwordHash: 'x' }], { session });
    });
    await expect(attempt).rejects.toMatchObject({ code: 11000 });
    expect((await models.User.findById(user._id))?.name).toBeUndefined();
  });

  test('withTransaction retries write conflicts until all have counted', async () => {
    const user = await createUser('wc@x.io');
    let runs = 0;
    await Promise.all(
      Array.from({ length: 10 }, () =>
        connection.transaction(async (session) => {
          runs++;
          const read = await models.User.findById(user._id).session(session).orFail();
          await models.User.updateOne({ _id: user._id }, { loginCount: read.loginCount + 1 }, { session });
        }),
      ),
    );
    expect((await models.User.findById(user._id))?.loginCount).toBe(10);
    expect(runs).toBeGreaterThan(10);
  });

  test('a TTL index removes what has expired', async () => {
    const user = await createUser('ttl@x.io');
    const token = await createToken(user._id, { expiresAt: new Date(Date.now() - 1000) });
    await expect.poll(() => models.Token.findById(token._id), { timeout: 90_000, interval: 50 }).toBeNull();
  });

  test('populate, $lookup, $in, buffers, regular expressions and maps', async () => {
    const user = await createUser('pop@x.io', { meta: { a: 'b' } });
    const binary = createHash('sha256').update('x').digest();
    const token = await createToken(user._id, { hashBin: binary });

    const populated = await models.Token.findById(token._id).populate<{ userId: { email: string } }>(
      'userId',
    );
    expect(populated?.userId.email).toBe('pop@x.io');
    const [joined] = await models.Token.aggregate([
      { $match: { _id: token._id } },
      { $lookup: { from: 'users', localField: 'userId', foreignField: '_id', as: 'u' } },
      { $unwind: '$u' },
    ]);
    expect(joined.u.email).toBe('pop@x.io');
    const [piped] = await models.Token.aggregate([
      { $match: { _id: token._id } },
      {
        $lookup: {
          from: 'users',
          let: { id: '$userId' },
          pipeline: [{ $match: { $expr: { $eq: ['$_id', '$$id'] } } }, { $project: { email: 1 } }],
          as: 'u',
        },
      },
    ]);
    expect(piped.u).toEqual([{ _id: user._id, email: 'pop@x.io' }]);

    expect(await models.User.find({ _id: { $in: [user._id, new Types.ObjectId()] } })).toHaveLength(1);
    expect(await models.Token.find({ hashBin: binary })).toHaveLength(1);
    const other = Buffer.from(binary);
    other[0] = (other[0] ?? 0) ^ 1;
    expect(await models.Token.find({ hashBin: other })).toHaveLength(0);
    expect(Buffer.from((await models.Token.findById(token._id))?.hashBin ?? []).equals(binary)).toBe(true);
    expect(await models.User.find({ email: /^POP@/i })).toHaveLength(1);
    expect((await models.User.findById(user._id))?.meta?.get('a')).toBe('b');
  });

  test('sub-documents are pushed, changed through $ and pulled', async () => {
    const delivery = await models.Delivery.create({
      to: 'a',
      attempts: [{ ok: false, error: 'E' }, { ok: true }],
    });
    const second = delivery.attempts[1]?._id;
    await models.Delivery.updateOne(
      { _id: delivery._id, 'attempts._id': second },
      { $set: { 'attempts.$.ok': false, 'attempts.$.error': 'late' } },
    );
    const changed = await models.Delivery.findById(delivery._id).orFail();
    expect(changed.attempts.map(({ ok, error }) => [ok, error])).toEqual([
      [false, 'E'],
      [false, 'late'],
    ]);

    changed.attempts.pull(second);
    await changed.save();
    expect((await models.Delivery.findById(delivery._id))?.attempts).toHaveLength(1);
  });

  test('upsert sets what is for inserting only, and defaults', async () => {
    const made = await models.Audit.findOneAndUpdate(
      { event: 'u1' },
      { ip: '::1' },
      { upsert: true, returnDocument: 'after', setDefaultsOnInsert: true },
    );
    expect(made?.ip).toBe('::1');
    expect(made?.at).toBeInstanceOf(Date);
  });

  test('indexes are listed, kept in step and not made twice', async () => {
    const indexes = await models.Token.listIndexes();
    expect(indexes).toHaveLength(5);
    expect(indexes.some((index: { expireAfterSeconds?: number }) => index.expireAfterSeconds === 0)).toBe(
      true,
    );
    expect(await models.User.syncIndexes()).toEqual([]);
    await models.User.ensureIndexes();
  });
});
