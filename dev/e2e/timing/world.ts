import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type MailSink, startMailSink } from '@latchkey/bench/mail-sink';
import {
  devEnvironment,
  type Engines,
  freePort,
  spawnGuarded,
  startApp,
  startEngines,
  withDatabase,
} from '@latchkey/dev-stack';
import { until } from '@latchkey/test-kit/until';
import { hashSync } from 'bcryptjs';
import { Redis } from 'ioredis';
import { type Db, MongoClient, ObjectId } from 'mongodb';
import type { Class } from './classes.ts';

/** Engines, relay and the host's users; applications come and go. */
export interface World {
  readonly engines: Engines;
  readonly sink: MailSink;
  readonly db: Db;
  addUsers(addresses: readonly string[], options?: { disabled?: boolean }): Promise<readonly ObjectId[]>;
  /** `dist/main.js` of the api, as in production. */
  startApi(): Promise<App>;
  /** The built api's wiring with a port that is slow for one class. */
  startSlowApi(slow: { class: Class; microseconds: number }): Promise<App>;
  startWorker(changes?: Readonly<Record<string, string>>): Promise<App>;
  /** The built worker's parts, but nothing rings for a request that ends without a mail: for showing what that would tell. */
  startWorkerWithoutGhosts(): Promise<App>;
  /** Resolves when everything that was asked so far has been dealt with. */
  drained(): Promise<void>;
  /** Resolves when the worker has at most `jobs` to do that it could do now; jobs that wait out their jitter do not count. */
  keepsUp(jobs: number): Promise<void>;
  /** Resolves when no job is left in either queue, not even a delayed one. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface App {
  readonly url: string;
  stop(): Promise<unknown>;
}

export interface WorldOptions {
  /** MAIL_JITTER; the product's default is 3s. */
  readonly jitter: string;
  /** How long the relay thinks about a mail. */
  readonly relayMs: number;
  /** Up to this share of it more or less; 0 unless told. */
  readonly relaySpread?: number;
  /** In place of limits that let the test ask as often as it likes. */
  readonly api?: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

const HASH = hashSync('irrelevant here', 4);
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The network's own limit would end the attack, visibly and for every class alike, after ten requests. */
const UNLIMITED = { LIMIT_REQUEST_PER_NETWORK: '100000000/1h', LIMIT_REQUEST_PER_ACCOUNT: '3/1h' };

export const startWorld = async ({
  jitter,
  relayMs,
  relaySpread = 0,
  api = UNLIMITED,
  say,
}: WorldOptions): Promise<World> => {
  const engines = await startEngines({ log: say });
  const sink = await startMailSink({ delayMs: relayMs, spread: relaySpread });
  const name = `timing_${randomBytes(4).toString('hex')}`;
  const uri = withDatabase(engines.mongo.uri, name);
  // Of its own, too: several worlds run side by side, and may share a Redis that was given.
  const prefix = `{${name}}`;
  const client = await MongoClient.connect(uri);
  const db = client.db();
  const redis = new Redis(engines.redis.url);
  const users = db.collection('users');
  await users.createIndex({ email: 1 });
  await db.createCollection('sessions');

  const env = devEnvironment({
    mongodbUri: uri,
    redisUrl: engines.redis.url,
    smtpUrl: sink.smtpUrl,
    publicWebUrl: 'https://app.acme.test',
    both: { NODE_ENV: 'production', MAIL_JITTER: jitter, LOG_LEVEL: 'info', QUEUE_PREFIX: prefix },
    api,
  });

  return {
    engines,
    sink,
    db,
    addUsers: async (addresses, { disabled = false } = {}) => {
      const rows = addresses.map((email) => ({
        _id: new ObjectId(),
        email,
        passwordHash: HASH,
        locale: 'en',
        ...(disabled ? { disabled } : {}),
      }));
      if (rows.length > 0) await users.insertMany(rows);
      return rows.map(({ _id }) => _id);
    },
    startApi: () => startApp('api', { env: env.api, mode: 'dist' }),
    startWorker: (changes = {}) => startApp('worker', { env: { ...env.worker, ...changes }, mode: 'dist' }),
    startWorkerWithoutGhosts: () => startOwnMain('worker-without-ghosts.ts', env.worker),
    startSlowApi: (slow) =>
      startOwnMain('slow-main.ts', {
        ...env.api,
        TIMING_SLOW_CLASS: slow.class,
        TIMING_SLOW_MICROSECONDS: String(slow.microseconds),
      }),
    keepsUp: async (jobs) => {
      const waiting = async () =>
        (await redis.llen(`${prefix}:reset-requests:wait`)) +
        (await redis.llen(`${prefix}:mail-deliveries:wait`));
      await until('the worker keeps up', async () => (await waiting()) <= jobs, 60_000);
    },
    idle: async () => {
      const left = async () => {
        const jobs = ['reset-requests', 'mail-deliveries'].map((queue) => `${prefix}:${queue}`);
        const counts = jobs.map(async (key) => {
          const [waiting, active] = [await redis.llen(`${key}:wait`), await redis.llen(`${key}:active`)];
          return waiting + active + (await redis.zcard(`${key}:delayed`));
        });
        return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
      };
      await until('no job is left', async () => (await left()) === 0, 60_000);
    },
    drained: async () => {
      await until(
        'nothing left to do',
        async () => {
          const count = (name: string, filter: object) => db.collection(name).countDocuments(filter);
          const requests = await count('latchkey_requests', { state: { $in: ['accepted', 'claimed'] } });
          return requests + (await count('latchkey_deliveries', { dueAt: { $exists: true } })) === 0;
        },
        120_000,
      );
    },
    stop: async () => {
      await db.dropDatabase();
      await client.close();
      redis.disconnect();
      await sink.stop();
      await engines.stop();
    },
  };
};

/** A main of this folder on the build, until it is ready. */
const startOwnMain = async (main: string, env: Readonly<Record<string, string>>): Promise<App> => {
  const port = String(await freePort());
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const app = await spawnGuarded({
    command: process.execPath,
    // No `dev-source`: everything but that one file is the build.
    args: ['--import', tsx, fileOf(main)],
    env: { ...env, PORT: port, METRICS_PORT: String(await freePort()) },
  });
  const url = `http://127.0.0.1:${port}`;
  await until(`${main} is ready`, async () => {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    return answer?.status === 200;
  });
  return { url, stop: () => app.stop() };
};
