import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectMongo, ensureIndexes } from '@latchkey/mongo';
import { createRedisConnection } from '@latchkey/queue';
import { silentLog } from '@latchkey/runtime';
import { type TestDatabase, testDatabase } from '@latchkey/test-kit/mongo';
import { type RedisControl, startRedisControl } from '@latchkey/test-kit/redis-control';
import { MongoClient } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runDoctor } from '../src/app.ts';
import { parseDoctorEnv } from '../src/env.ts';
import { examine } from '../src/wire.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const KEY = Buffer.alloc(32, 5).toString('base64');

/** Runs the doctor as a separate process. */
const doctor = (env: Record<string, string>) =>
  new Promise<{ code: number; said: string }>((resolve) => {
    const args = ['--conditions=dev-source', '--import', 'tsx', MAIN];
    const options = { env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test', ...env } };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr });
    });
  });

/** Runs the doctor in this process, to test its findings. The start of a process would take more than a second each time. */
const doctorHere = async (env: Record<string, string>) => {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const code = await runDoctor({ env: { NODE_ENV: 'test', ...env }, parse: parseDoctorEnv, examine, say });
  return { code, said: lines.join('\n') };
};

describe('the doctor', () => {
  let database: TestDatabase;
  let redis: RedisControl;
  let client: MongoClient;
  let env: Record<string, string>;

  beforeAll(async () => {
    redis = await startRedisControl();
  });
  afterAll(() => redis?.stop());
  beforeEach(async () => {
    database = testDatabase('doctor');
    client = await MongoClient.connect(database.uri);
    env = { MONGODB_URI: database.uri, REDIS_URL: redis.url, IDENTIFIER_HMAC_KEY: KEY };
  });
  afterEach(async () => {
    await client.close();
    await database.stop();
  });

  it('lists every missing setting at once, and no value', async () => {
    const { code, said } = await doctor({ IDENTIFIER_HMAC_KEY: 'c2VjcmV0', NODE_ENV: 'production' });
    expect(code).toBe(1);
    for (const name of ['MONGODB_URI', 'REDIS_URL', 'SESSIONS_COLLECTION', 'IDENTIFIER_HMAC_KEY']) {
      expect(said).toContain(`PROBLEM ${name}`);
    }
    expect(said).not.toContain('c2VjcmV0');
  });

  it('says which engines cannot be reached and what to do', async () => {
    const { code, said } = await doctor({
      ...env,
      MONGODB_URI: 'mongodb://127.0.0.1:1/app?replicaSet=rs0',
      REDIS_URL: 'redis://127.0.0.1:1',
      SMTP_URL: 'smtp://127.0.0.1:1',
    });
    expect(code).toBe(1);
    expect(said).toContain('MongoDB cannot be reached');
    expect(said).toContain('Redis cannot be reached');
    expect(said).toContain('the mail relay cannot be used');
  });

  it('goes on with the other parts when an engine refuses what it asks', async () => {
    const admin = createRedisConnection({ redisUrl: redis.url, role: 'worker', name: 'test' });
    await admin.acl('SETUSER', 'limited', 'on', '>hunter2', '~*', '+@connection');
    const { code, said } = await doctor({
      ...env,
      REDIS_URL: redis.url.replace('redis://', 'redis://limited:hunter2@'),
      SMTP_URL: 'smtp://127.0.0.1:1',
    });
    admin.disconnect();
    expect(said).toContain('PROBLEM Redis could not be checked (NOPERM)');
    expect(said).toContain('the mail relay cannot be used');
    expect(said).not.toMatch(/hunter2|node_modules/);
    expect(code).toBe(1);
  });

  it.each([
    ['has run out of memory', ['maxmemory', '1'], ['maxmemory', '0'], 'out of memory'],
    ['has too few replicas', ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0'], 'replicas'],
  ] as const)(
    'finds a Redis that answers and refuses to write, since it %s',
    async (_why, on, off, words) => {
      const admin = createRedisConnection({ redisUrl: redis.url, role: 'worker', name: 'test' });
      await admin.config('SET', ...on);
      const { code, said } = await doctorHere(env);
      await admin.config('SET', ...off);
      admin.disconnect();
      expect(said).toMatch(new RegExp(`PROBLEM Redis refuses writes.*${words}`));
      expect(code).toBe(1);
    },
  );

  it('finds that REDIS_URL names a replica', async () => {
    const replica = await startRedisControl();
    const admin = createRedisConnection({ redisUrl: replica.url, role: 'worker', name: 'test' });
    await admin.replicaof('127.0.0.1', 1);
    const { said } = await doctorHere({ ...env, REDIS_URL: replica.url });
    admin.disconnect();
    await replica.stop();
    expect(said).toMatch(/PROBLEM Redis refuses writes.*a replica/);
  });

  it('finds that REDIS_URL names a node of a Redis Cluster', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-cluster-'));
    const settings = ['--cluster-enabled', 'yes', '--cluster-config-file', join(folder, 'nodes.conf')];
    const node = await startRedisControl({ settings });
    const { code, said } = await doctorHere({ ...env, REDIS_URL: node.url });
    await node.stop();
    await rm(folder, { recursive: true });
    expect(said).toMatch(/PROBLEM .*Redis Cluster/);
    expect(code).toBe(1);
  });

  it('finds missing indexes and an empty users collection, and changes nothing by looking', async () => {
    const before = await client.db().listCollections().toArray();
    const { code, said } = await doctorHere(env);
    expect(code).toBe(1);
    expect(said).toContain('missing or different indexes: latchkey_');
    expect(said).toContain('the users collection is empty');
    expect(await client.db().listCollections().toArray()).toEqual(before);
  });

  it.each([
    ['advice ', 2_000, 'is 2.0 s ahead of'],
    ['PROBLEM', -8_000, 'is 8.0 s behind'],
  ])('finds a clock that is off: %s for %d ms', async (level, offMs, words) => {
    const wrongClock = encodeURI(`const right=Date.now;Date.now=()=>right()+${offMs}`);
    const { said } = await doctor({ ...env, NODE_OPTIONS: `--import=data:text/javascript,${wrongClock}` });
    expect(said).toContain(`${level} this machine's clock ${words} the database's`);
    expect(said).toContain('NTP');
  });

  it('finds nothing wrong with a healthy installation, late work afterwards', async () => {
    const { connection, close } = await connectMongo({
      uri: env['MONGODB_URI'] ?? '',
      appName: 'test',
      log: silentLog,
    });
    await ensureIndexes(connection);
    await close();
    const users = client.db().collection('users');
    await users.createIndex({ email: 1 });
    const passwordHash = `$2b$12$${'a'.repeat(53)}`;
    const { insertedId } = await users.insertOne({ email: 'alice@example.com', passwordHash });

    const unused = await doctorHere(env);
    expect(unused.said).toContain('advice  there are no sessions');
    expect(unused.code).toBe(0);
    await client.db().collection('sessions').insertOne({ userId: insertedId });

    const healthy = await doctor(env);
    expect(healthy.said).toContain('sessions carry the id of their user');
    expect(healthy.said).toContain("this machine's clock and the database's agree");
    expect(healthy.said).toContain('Nothing is wrong.');
    expect(healthy.said).toContain('1 bcrypt-2b');
    expect(healthy.said).not.toContain('alice');
    expect(healthy.code).toBe(0);

    const dueAt = new Date(Date.now() - 600_000);
    await client
      .db()
      .collection<{ _id: string }>('latchkey_requests')
      .insertOne({ _id: 'x', ...{ dueAt } });
    const late = await doctorHere(env);
    expect(late.said).toContain('1 requests and 0 mails are more than 120 s late');
    expect(late.code).toBe(1);
  });

  it('finds that no user has the field that USERS_ACTIVE_FIELD names', async () => {
    const users = client.db().collection('misspelt');
    await users.insertOne({ email: 'alice@example.com', disabled: true });
    const lookAt = (field: string) =>
      doctorHere({ ...env, USERS_COLLECTION: 'misspelt', USERS_ACTIVE_FIELD: field });

    // cspell:ignore disbaled
    const { said, code } = await lookAt('!disbaled');
    expect(said).toContain('PROBLEM none of 1 users has the field that USERS_ACTIVE_FIELD names');
    expect(code).toBe(1);
    expect((await lookAt('!disabled')).said).not.toContain('USERS_ACTIVE_FIELD');
  });

  it('finds that api and worker were started with different settings', async () => {
    const settings = client.db().collection<{ _id: string; values: object }>('latchkey_settings');
    await settings.insertMany([
      { _id: 'api', values: { RESET_LINK_TTL: 600_000, RETENTION: 1 } },
      { _id: 'worker', values: { RESET_LINK_TTL: 1_800_000, RETENTION: 1 } },
    ]);

    const { said, code } = await doctorHere(env);
    expect(said).toMatch(/PROBLEM .* different settings: RESET_LINK_TTL\. /);
    expect(code).toBe(1);
  });

  it('finds sessions that lead to none of the users', async () => {
    const sessions = client.db().collection('sessions');
    await client.db().collection<{ _id: string }>('users').insertOne({ _id: 'bob' });
    await sessions.insertOne({ userId: 'user:bob' });

    const { code, said } = await doctorHere(env);
    expect(said).toMatch(/PROBLEM SESSIONS_USER_FIELD: .* have no _id of a user in the users collection/);
    expect(code).toBe(1);
  });
});
