import { Double, Int32, Long, MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onMongo, testDatabase } from '../src/mongo.ts';
import { type MongoProxy, startMongoProxy } from '../src/mongo-proxy.ts';
import { until } from '../src/until.ts';

describe(`the proxy in front of MongoDB, ${onMongo()}`, () => {
  const database = testDatabase('proxy');
  let proxy: MongoProxy;
  let client: MongoClient;
  const letters = () => client.db().collection('letters');

  beforeEach(async () => {
    proxy = await startMongoProxy({ target: database.uri });
    client = new MongoClient(proxy.uri(database.name), {
      serverSelectionTimeoutMS: 5_000,
      connectTimeoutMS: 5_000,
      heartbeatFrequencyMS: 500,
      retryWrites: false,
      retryReads: false,
    });
    await letters().insertOne({ letter: 'a' });
  });
  afterEach(async () => {
    await client.close();
    await proxy.stop();
    await database.stop();
  });

  it('holds exactly the command that was asked for and lets it through later', async () => {
    const held = proxy.hold((command) => command['updates']?.[0]?.u?.$set?.letter === 'b');
    const change = letters().updateOne({ letter: 'a' }, { $set: { letter: 'b' } });

    expect(await held.arrived).toMatchObject({ update: 'letters' });
    expect(await letters().countDocuments({ letter: 'a' })).toBe(1);
    held.release();

    expect((await change).modifiedCount).toBe(1);
  });

  it('moves no byte while frozen and goes on afterwards', async () => {
    proxy.freeze();
    let answered = false;
    const question = letters()
      .countDocuments({})
      .then((count) => {
        answered = true;
        return count;
      });
    const other = new MongoClient(proxy.uri(database.name), {
      serverSelectionTimeoutMS: 1_000,
      connectTimeoutMS: 1_000,
    });
    await expect(other.connect()).rejects.toThrow();
    await other.close();
    expect(answered).toBe(false);
    proxy.thaw();

    // The driver may have closed the frozen connection meanwhile. Only the next one has to work.
    await question.catch(() => 1);
    expect(
      await until('an answer', () =>
        letters()
          .countDocuments({})
          .catch(() => undefined),
      ),
    ).toBe(1);
  });

  it('tells of every command that passes, without the driver’s own', async () => {
    const seen: string[] = [];
    proxy.watch((command) => seen.push(`${Object.keys(command)[0]} ${Object.values(command)[0]}`));

    await letters().insertOne({ letter: 'b' });
    await letters().findOne({ letter: 'b' });
    await client.db().command({ ping: 1 });

    expect(seen).toEqual(['insert letters', 'find letters']);
  });

  it('changes what the server answers, and leaves the rest of the answer as it was', async () => {
    const other = await startMongoProxy({
      target: database.uri,
      rewrite: (reply) => {
        const [row] = reply['cursor']?.firstBatch ?? [];
        if (row) row.letter = 'z';
        return reply;
      },
    });
    const reader = new MongoClient(other.uri(database.name));
    await letters().updateOne(
      {},
      { $set: { count: 7, half: 0.5, big: Long.fromString('9007199254740993') } },
    );

    const read = await reader.db().collection('letters').findOne({}, { promoteValues: false });
    await reader.close();
    await other.stop();
    expect(read).toMatchObject({ letter: 'z', count: new Int32(7), half: new Double(0.5) });
    expect(String(read?.['big'])).toBe('9007199254740993');
  });

  it('refuses connections while cut and takes them again afterwards', async () => {
    proxy.cut();
    await expect(letters().countDocuments({})).rejects.toThrow();
    await proxy.restore();

    expect(
      await until('an answer', () =>
        letters()
          .countDocuments({})
          .catch(() => undefined),
      ),
    ).toBe(1);
  });
});
