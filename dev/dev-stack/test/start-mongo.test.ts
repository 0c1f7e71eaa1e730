import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startMongo } from '../src/mongo/start-mongo.ts';

const ping = async (uri: string) => {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 2_000 });
  try {
    return await client.db('test').command({ ping: 1 });
  } finally {
    await client.close();
  }
};

describe('startMongo', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('starts the stand-in as a process of its own and says that this is what it is', async () => {
    vi.stubEnv('MONGO_BACKEND', 'embedded');
    const lines: string[] = [];
    const mongo = await startMongo({ log: (line) => lines.push(line) });

    expect(mongo.backend).toBe('embedded');
    expect(lines).toEqual([
      expect.stringMatching(/^MongoDB: embedded stand-in, for development and tests only/),
    ]);
    expect(await ping(mongo.uri)).toMatchObject({ ok: 1 });

    await mongo.stop();
    await expect(ping(mongo.uri)).rejects.toThrow();
  });

  it('uses MONGODB_URI and does not stop what it did not start', async () => {
    vi.stubEnv('MONGO_BACKEND', 'embedded');
    const own = await startMongo();
    vi.stubEnv('MONGO_BACKEND', 'auto');
    vi.stubEnv('MONGODB_URI', own.uri);

    const given = await startMongo();
    expect(given).toMatchObject({ uri: own.uri, source: 'MONGODB_URI', backend: 'given' });
    await given.stop();

    expect(await ping(own.uri)).toMatchObject({ ok: 1 });
    await own.stop();
  });

  it('never ends on the stand-in when a real one is demanded', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
    vi.stubEnv('MONGODB_URI', undefined);
    vi.stubEnv('MONGO_BACKEND', 'mongod');
    vi.stubEnv('MONGOMS_SYSTEM_BINARY', join(empty, 'mongod'));

    await expect(startMongo()).rejects.toThrow(/MONGO_BACKEND=mongod, but no real MongoDB can be had/);
    await rm(empty, { recursive: true });
  });

  it('refuses the stand-in behind MONGODB_URI when a real one is demanded', async () => {
    vi.stubEnv('MONGO_BACKEND', 'embedded');
    const own = await startMongo();
    vi.stubEnv('MONGO_BACKEND', 'mongod');
    vi.stubEnv('MONGODB_URI', own.uri);

    await expect(startMongo()).rejects.toThrow(/is the stand-in/);
    await own.stop();
  });

  it('says at once that nothing answers at MONGODB_URI, without showing it', async () => {
    vi.stubEnv('MONGO_BACKEND', 'auto');
    vi.stubEnv('MONGODB_URI', 'mongodb://user:hush-hush@127.0.0.1:1/test');

    const failure = await startMongo().catch((error: Error) => error.message);

    expect(failure).toMatch(/no MongoDB answers there/);
    expect(failure).not.toContain('hush');
  });

  it('says which form MONGODB_URI has when it has another one', async () => {
    vi.stubEnv('MONGO_BACKEND', 'auto');
    vi.stubEnv('MONGODB_URI', 'user:hush-hush@localhost:27017/app');

    const failure = await startMongo().catch((error: Error) => error.message);

    expect(failure).toBe(
      'MONGODB_URI must be a mongodb:// or mongodb+srv:// address, such as mongodb://127.0.0.1:27017/app?replicaSet=rs0',
    );
  });

  it('names the values of MONGO_BACKEND when it is something else', async () => {
    vi.stubEnv('MONGO_BACKEND', 'mysql');

    await expect(startMongo()).rejects.toThrow('MONGO_BACKEND must be one of auto, mongod, embedded');
  });
});
