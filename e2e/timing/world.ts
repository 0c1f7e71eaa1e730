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
import { hashSync } from 'bcryptjs';
import { Redis } from 'ioredis';
import { type Db, MongoClient, ObjectId } from 'mongodb';
import { until } from '../harness/until.ts';
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
  startWorker(): Promise<App>;
  /** Resolves when everything that was asked so far has been dealt with. */
  drained(): Promise<void>;
  /** Resolves when the worker has at most `jobs` to do that it could do now; jobs that wait out their jitter do not count. */
  keepsUp(jobs: number): Promise<void>;
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
  readonly say: (line: string) => void;
}

const HASH = hashSync('irrelevant here', 4);
const SLOW_MAIN = fileURLToPath(new URL('slow-main.ts', import.meta.url));

export const startWorld = async ({ jitter, relayMs, say }: WorldOptions): Promise<World> => {
  const engines = await startEngines({ log: say });
  const sink = await startMailSink({ delayMs: relayMs });
  const uri = withDatabase(engines.mongo.uri, `timing_${randomBytes(4).toString('hex')}`);
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
    both: { NODE_ENV: 'production', MAIL_JITTER: jitter, LOG_LEVEL: 'info' },
    // The network's own limit would end the attack, visibly and for every class alike, after ten requests.
    api: { LIMIT_REQUEST_PER_NETWORK: '100000000/1h', LIMIT_REQUEST_PER_ACCOUNT: '3/1h' },
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
    startWorker: () => startApp('worker', { env: env.worker, mode: 'dist' }),
    startSlowApi: (slow) => startSlowApi(env.api, slow),
    keepsUp: async (jobs) => {
      const waiting = async () =>
        (await redis.llen('{latchkey}:reset-requests:wait')) +
        (await redis.llen('{latchkey}:mail-deliveries:wait'));
      await until('the worker keeps up', async () => (await waiting()) <= jobs, 60_000);
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

const startSlowApi = async (
  env: Readonly<Record<string, string>>,
  slow: { class: Class; microseconds: number },
): Promise<App> => {
  const port = String(await freePort());
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const app = await spawnGuarded({
    command: process.execPath,
    // No `dev-source`: everything but that one file is the build.
    args: ['--import', tsx, SLOW_MAIN],
    env: {
      ...env,
      PORT: port,
      METRICS_PORT: String(await freePort()),
      TIMING_SLOW_CLASS: slow.class,
      TIMING_SLOW_MICROSECONDS: String(slow.microseconds),
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await until('the api with a slow port is ready', async () => {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    return answer?.status === 200;
  });
  return { url, stop: () => app.stop() };
};
