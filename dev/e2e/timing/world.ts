import { randomBytes } from 'node:crypto';
import { devEnvironment, type Engines, startApp, startEngines, withDatabase } from '@latchkey/dev-stack';
import { type MongoProxyOptions, startMongoProxy } from '@latchkey/test-kit/mongo-proxy';
import { type Relay, startRelay } from '@latchkey/test-kit/relay';
import { until } from '@latchkey/test-kit/until';
import { hashSync } from 'bcryptjs';
import { Redis } from 'ioredis';
import { type Db, type Document, MongoClient, ObjectId } from 'mongodb';
import { type Class, classOf } from './classes.ts';

/** Engines, relay and the host's users; applications come and go. */
export interface World {
  readonly engines: Engines;
  readonly relay: Relay;
  readonly db: Db;
  addUsers(addresses: readonly string[], options?: { disabled?: boolean }): Promise<readonly ObjectId[]>;
  /** `dist/main.js` of the api, as in production. */
  startApi(): Promise<App>;
  /** The same with a database that is slow to insert requests of one class. */
  startSlowApi(slow: { class: Class; microseconds: number }): Promise<App>;
  startWorker(changes?: Readonly<Record<string, string>>): Promise<App>;
  /** The built worker, which finds no row of a request that ended without a mail: for showing what that would tell. */
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
  const relay = await startRelay({ delayMs: relayMs, spread: relaySpread });
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
    smtpUrl: relay.smtpUrl,
    publicWebUrl: 'https://app.acme.test',
    both: { NODE_ENV: 'production', MAIL_JITTER: jitter, LOG_LEVEL: 'info', QUEUE_PREFIX: prefix },
    api,
  });

  /** A built application whose way to the database is disturbed. */
  const behind = async (
    {
      rewrite,
      onCommand,
    }: { rewrite?: MongoProxyOptions['rewrite']; onCommand?: (command: Document) => void },
    app: 'api' | 'worker',
    appEnv: Readonly<Record<string, string>>,
  ): Promise<App> => {
    const proxy = await startMongoProxy({ target: uri, ...(rewrite ? { rewrite } : {}) });
    if (onCommand) proxy.watch(onCommand);
    const started = await startApp(app, { env: { ...appEnv, MONGODB_URI: proxy.uri(name) }, mode: 'dist' });
    return {
      url: started.url,
      stop: async () => {
        await started.stop();
        await proxy.stop();
      },
    };
  };

  return {
    engines,
    relay,
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
    startWorkerWithoutGhosts: () => behind({ rewrite: withoutEndedRequests }, 'worker', env.worker),
    startSlowApi: (slow) => behind({ onCommand: delayFor(slow) }, 'api', env.api),
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
      await relay.stop();
      await engines.stop();
    },
  };
};

/** Works rather than waits: a timer could not be this short. */
const spin = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

/** Every class pays for the question, one for the answer. */
const delayFor =
  (slow: { class: Class; microseconds: number }) =>
  ({ insert, documents }: Document): void => {
    if (insert !== 'latchkey_requests') return;
    spin(classOf(documents[0].address) === slow.class ? slow.microseconds / 1_000 : 0);
  };

const WITHOUT_A_MAIL = ['no_account', 'ineligible', 'over_limit'];

/** As a database from which rows of requests that ended without a mail have gone already: then nothing takes a mail's time. */
const withoutEndedRequests = (reply: Document): Document => {
  const rows: readonly Document[] = reply['cursor']?.firstBatch ?? [];
  if (!rows.some(({ reference, state }) => reference !== undefined && WITHOUT_A_MAIL.includes(state)))
    return reply;
  return { ...reply, cursor: { ...reply['cursor'], firstBatch: [] } };
};
