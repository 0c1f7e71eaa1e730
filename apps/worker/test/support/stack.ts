import { randomBytes } from 'node:crypto';
import {
  type MailInbox,
  type RunningApp,
  type RunningRedis,
  startApp,
  startMailInbox,
} from '@latchkey/dev-stack';
import {
  connectMongo,
  createMongoStore,
  ensureIndexes,
  type MongoConnection,
  type MongoStore,
} from '@latchkey/mongo';
import {
  assembleApi,
  createIdentifiers,
  createPasswordPolicy,
  type JobQueue,
} from '@latchkey/password-reset';
import {
  clientAt,
  createMemoryHasher,
  createMemoryLimits,
  fakeBcrypt,
} from '@latchkey/password-reset/testing';
import { createProducer, type Producer } from '@latchkey/queue';
import { silentLog } from '@latchkey/runtime';
import { hostCollections } from '@latchkey/settings';
import { sharedMongo } from '@latchkey/test-kit/mongo';
import { anyRedis, startStack as startBareStack } from '@latchkey/test-kit/stack';
import { PATIENCE_MS } from '@latchkey/test-kit/until';

const clock = { now: () => new Date() };
const hmacKey = randomBytes(32);
/** A host application without sessions, whose users are all active. */
const HOST = { USERS_ACTIVE_FIELD: 'none', SESSIONS_COLLECTION: 'none' };

/** Engines, a mail inbox, and the API's part of the flow run by the core in this process. The worker is its own process. */
export interface Stack {
  readonly redis: RunningRedis;
  readonly inbox: MailInbox;
  readonly connection: MongoConnection;
  readonly store: MongoStore;
  readonly producer: Producer;
  readonly env: Readonly<Record<string, string>>;
  addUser(email: string): Promise<void>;
  /** Requests a link as the API does; resolves with the request's id. Throws if the request is not accepted. */
  ask(email: string, jobQueue?: JobQueue): Promise<string>;
  stop(): Promise<void>;
}

export const startStack = async (): Promise<Stack> => {
  const { mail, redis, mongodbUri, prefix, env, keep, stop } = await startBareStack({
    purpose: 'worker',
    mongo: sharedMongo(),
    startRedis: anyRedis,
    startMail: startMailInbox,
    publicWebUrl: 'http://127.0.0.1:3000',
    env: {
      both: { ...HOST, NODE_ENV: 'test', IDENTIFIER_HMAC_KEY: hmacKey.toString('base64') },
      worker: { RECONCILE_AFTER: '1s' },
    },
  });
  const opening = connectMongo({ uri: mongodbUri, appName: 'worker-test', log: silentLog });
  const connection = keep(await opening, (it) => it.close());
  await ensureIndexes(connection.connection);

  const host = hostCollections({
    USERS_COLLECTION: 'users',
    USERS_EMAIL_FIELD: 'email',
    USERS_PASSWORD_FIELD: 'passwordHash',
    USERS_LOCALE_FIELD: 'locale',
    USERS_NAME_FIELD: 'name',
    USERS_CREDENTIALS_CHANGED_AT_FIELD: 'credentialsChangedAt',
    SESSIONS_USER_FIELD: 'userId',
    ...HOST,
  });
  const store = createMongoStore({ connection: connection.connection, host });
  const producer = keep(createProducer({ redisUrl: redis.url, prefix, timeoutMs: PATIENCE_MS }), (it) =>
    it.close(),
  );

  const apiWith = (jobQueue: JobQueue) =>
    assembleApi({
      store,
      jobQueue,
      limits: createMemoryLimits(),
      hasher: createMemoryHasher().hasher,
      policy: createPasswordPolicy({ minLength: 8, normalization: 'none' }),
      identifiers: createIdentifiers({ key: hmacKey }),
      clock,
      times: { linkTtlMs: 1_800_000, retentionMs: 86_400_000, jitterMs: 0 },
    });

  return {
    redis,
    inbox: mail,
    connection,
    store,
    producer,
    env: env.worker,
    addUser: async (email) => {
      await connection.connection.collection('users').insertOne({ email, passwordHash: fakeBcrypt(email) });
    },
    ask: async (email, jobQueue = producer.jobQueue) => {
      const answer = await apiWith(jobQueue).requestPasswordReset({
        email,
        locale: 'en',
        client: clientAt('192.0.2.1'),
        userAgent: null,
        traceparent: null,
      });
      if (answer.outcome !== 'requested') throw new Error(`refused: ${answer.outcome}`);

      const { reference } = answer;
      const row = await connection.connection.collection('latchkey_requests').findOne({ reference });
      return String(row?._id);
    },
    stop,
  };
};

/** Starts the worker as in production, but from its sources. Does not wait until it is ready. */
export const spawnWorker = (env: Readonly<Record<string, string>>): Promise<RunningApp> =>
  startApp('worker', { env, awaitReady: false });
