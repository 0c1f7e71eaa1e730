import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  type GuardedProcess,
  type MailInbox,
  type RunningMongo,
  type RunningRedis,
  spawnGuarded,
  startMailInbox,
  startMongo,
  startRedis,
  withDatabase,
} from '@latchkey/dev-stack';
import {
  connectMongo,
  createMongoStore,
  ensureIndexes,
  type MongoConnection,
  type MongoStore,
} from '@latchkey/mongo';
import { assembleApi, createIdentifiers, createPasswordPolicy, type WakeUps } from '@latchkey/password-reset';
import {
  clientAt,
  createMemoryHasher,
  createMemoryLimits,
  fakeBcrypt,
} from '@latchkey/password-reset/testing';
import { createProducer, createRedisConnection, type Producer } from '@latchkey/queue';
import { hostCollections } from '@latchkey/settings';

const silent = { info: () => {}, warn: () => {} };
const clock = { now: () => new Date() };
const hmacKey = randomBytes(32);

/** Engines, an inbox, and the API's half of the flow done by the core itself; the worker comes as its own process. */
export interface Stack {
  readonly mongo: RunningMongo;
  readonly redis: RunningRedis;
  readonly inbox: MailInbox;
  readonly connection: MongoConnection;
  readonly store: MongoStore;
  readonly producer: Producer;
  readonly env: Readonly<Record<string, string>>;
  addUser(email: string): Promise<void>;
  /** Asks for a link, as the API does; answers the requestId. */
  ask(email: string, wakeUps?: WakeUps): Promise<void>;
  stop(): Promise<void>;
}

export const startStack = async (): Promise<Stack> => {
  const [mongo, redis, inbox] = await Promise.all([startMongo(), startRedis(), startMailInbox()]);
  // Engines that were named belong to somebody else: names of our own, and nothing of them stays.
  const name = `latchkey_worker_${randomBytes(6).toString('hex')}`;
  const uri = withDatabase(mongo.uri, name);
  const connection = await connectMongo({ uri, appName: 'worker-test', log: silent });
  await ensureIndexes(connection.connection);

  const host = hostCollections({
    USERS_COLLECTION: 'users',
    USERS_EMAIL_FIELD: 'email',
    USERS_PASSWORD_FIELD: 'passwordHash',
    USERS_ACTIVE_FIELD: 'none',
    USERS_LOCALE_FIELD: 'locale',
    USERS_NAME_FIELD: 'name',
    USERS_CREDENTIALS_CHANGED_AT_FIELD: 'credentialsChangedAt',
    SESSIONS_COLLECTION: 'none',
    SESSIONS_USER_FIELD: 'userId',
  });
  const store = createMongoStore({ connection: connection.connection, host });
  const prefix = `{${name}}`;
  const producer = createProducer({ redisUrl: redis.url, prefix });

  const apiWith = (wakeUps: WakeUps) =>
    assembleApi({
      store,
      wakeUps,
      limits: createMemoryLimits(),
      hasher: createMemoryHasher().hasher,
      policy: createPasswordPolicy({ minLength: 8, normalization: 'none' }),
      identifiers: createIdentifiers({ key: hmacKey }),
      clock,
      times: { linkTtlMs: 1_800_000, retentionMs: 86_400_000, jitterMs: 0 },
    });

  return {
    mongo,
    redis,
    inbox,
    connection,
    store,
    producer,
    env: {
      NODE_ENV: 'test',
      MONGODB_URI: uri,
      REDIS_URL: redis.url,
      QUEUE_PREFIX: prefix,
      SMTP_URL: inbox.smtpUrl,
      PUBLIC_WEB_URL: 'http://127.0.0.1:3000',
      MAIL_FROM: '"Acme" <no-reply@acme.test>',
      IDENTIFIER_HMAC_KEY: hmacKey.toString('base64'),
      RESET_TOKEN_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      RECONCILE_AFTER: '1s',
    },
    addUser: async (email) => {
      await connection.connection.collection('users').insertOne({ email, passwordHash: fakeBcrypt(email) });
    },
    ask: async (email, wakeUps = producer.wakeUps) => {
      const answer = await apiWith(wakeUps).requestPasswordReset({
        email,
        locale: 'en',
        client: clientAt('192.0.2.1'),
        userAgent: null,
        traceparent: null,
      });
      if (answer.outcome !== 'requested') throw new Error(`refused: ${answer.outcome}`);
    },
    stop: async () => {
      await producer.close();
      await connection.connection.dropDatabase();
      await connection.close();
      if (redis.pid === null) await forgetKeys(redis.url, name);
      await Promise.all([mongo.stop(), redis.stop(), inbox.stop()]);
    },
  };
};

const forgetKeys = async (redisUrl: string, name: string): Promise<void> => {
  const redis = createRedisConnection({ redisUrl, role: 'worker', name: 'test' });
  const keys = await redis.keys(`*${name}*`);
  if (keys.length > 0) await redis.unlink(keys);
  redis.disconnect();
};

/** One line of the worker's log. */
export type LogRecord = Readonly<Record<string, unknown>>;

export interface WorkerProcess extends GuardedProcess {
  readonly healthUrl: string;
  readonly metricsUrl: string;
  /** Everything logged so far. */
  log(): readonly LogRecord[];
  waitForEvent(event: string, fits?: (record: LogRecord) => boolean): Promise<LogRecord>;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const asRecord = (line: string): LogRecord | undefined => {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return undefined;
  }
};

/** Starts the worker as it is started in production, from its sources. */
export const spawnWorker = async (env: Readonly<Record<string, string>>): Promise<WorkerProcess> => {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const child = await spawnGuarded({
    command: process.execPath,
    args: ['--conditions=dev-source', '--import', 'tsx', MAIN],
    env: { PATH: process.env['PATH'] ?? '', PORT: `${port}`, METRICS_PORT: `${metricsPort}`, ...env },
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });

  return {
    ...child,
    healthUrl: `http://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    log: () =>
      child
        .lines()
        .map(asRecord)
        .filter((record) => record !== undefined),
    waitForEvent: async (event, fits = () => true) => {
      const line = await child.waitForLine((candidate) => {
        const record = asRecord(candidate);
        return record?.['event'] === event && fits(record);
      }, 30_000);
      return asRecord(line) ?? {};
    },
  };
};
