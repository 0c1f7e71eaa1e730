import { randomBytes } from 'node:crypto';
import {
  type DevEnvironment,
  devEnvironment,
  type MailInbox,
  type RunningApp,
  startApp,
  startMailInbox,
} from '@latchkey/dev-stack';
import { type Client, createClient } from '@latchkey/test-kit/graphql';
import { sharedMongo } from '@latchkey/test-kit/mongo';
import { type MongoProxy, startMongoProxy } from '@latchkey/test-kit/mongo-proxy';
import { type RedisControl, startRedisControl } from '@latchkey/test-kit/redis-control';
import { connectHost, type Host } from './host.ts';

type Variables = Readonly<Record<string, string>>;

export interface StackOptions {
  readonly both?: Variables;
  readonly api?: Variables;
  readonly worker?: Variables;
  /** How many workers to start with (1). */
  readonly workers?: number;
  /** What is in the database before the applications start. */
  readonly seed?: (host: Host) => Promise<unknown>;
  /** Awaited when the engines are there and no application has touched them yet. */
  readonly beforeApps?: (engines: Pick<Stack, 'host' | 'redis' | 'inbox'>) => Promise<void>;
}

/** The built api and workers as processes, on a real Redis, a MongoDB behind a proxy, and a real SMTP server. */
export interface Stack {
  readonly host: Host;
  /** Between each application and MongoDB; the host goes past it. */
  readonly mongo: { readonly api: MongoProxy; readonly worker: MongoProxy };
  readonly redis: RedisControl;
  readonly inbox: MailInbox;
  readonly env: DevEnvironment;
  readonly api: RunningApp;
  /** Those started so far, dead ones included. */
  readonly workers: readonly RunningApp[];
  readonly client: Client;
  startWorker(env?: Variables): Promise<RunningApp>;
  /** Another api, on a port of its own. */
  startApi(env?: Variables): Promise<RunningApp>;
  stop(): Promise<void>;
}

/** What tests want: no limits, no waiting, cheap hashes; each test turns on what it is about. */
const DEFAULTS = {
  both: { NODE_ENV: 'test', MAIL_JITTER: '0s', LOG_LEVEL: 'info' },
  api: {
    BCRYPT_COST: '4',
    LIMIT_REQUEST_PER_NETWORK: 'off',
    LIMIT_REQUEST_PER_ACCOUNT: 'off',
    LIMIT_REDEEM_PER_NETWORK: 'off',
    TRUSTED_PROXIES: '127.0.0.1/32',
  },
  worker: {},
} satisfies Record<string, Variables>;

/** Ports are looked for first and taken later, and other tests look at the same time. */
const START_ATTEMPTS = 3;

export const startStack = async (options: StackOptions = {}): Promise<Stack> => {
  const closers: (() => Promise<unknown>)[] = [];
  /** Closes everything, whatever fails on the way; then says what did. */
  const stop = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const close of closers.splice(0).reverse())
      await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'the stack did not stop cleanly');
  };
  const keep = <T>(thing: T, close: (thing: T) => Promise<unknown>): T => {
    closers.push(() => close(thing));
    return thing;
  };

  try {
    const target = sharedMongo().uri;
    const database = `e2e_${randomBytes(6).toString('hex')}`;
    const host = keep(await connectHost(target, database), (it) => it.close());
    await options.seed?.(host);
    const startProxy = async () => keep(await startMongoProxy({ target }), (it) => it.stop());
    const mongo = { api: await startProxy(), worker: await startProxy() };
    const redis = keep(await startRedisControl(), (it) => it.stop());
    const inbox = keep(await startMailInbox(), (it) => it.stop());

    const env = devEnvironment({
      mongodbUri: mongo.api.uri(database),
      redisUrl: redis.url,
      smtpUrl: inbox.smtpUrl,
      publicWebUrl: 'http://127.0.0.1:5173',
      both: { ...DEFAULTS.both, ...options.both },
      api: { ...DEFAULTS.api, ...options.api },
      worker: { ...DEFAULTS.worker, MONGODB_URI: mongo.worker.uri(database), ...options.worker },
    });

    await options.beforeApps?.({ host, redis, inbox });

    const workers: RunningApp[] = [];
    /** In the list from its first moment on: it may send a mail, and be killed for it, before it calls itself ready. */
    const startWorker = async (changes: Variables = {}): Promise<RunningApp> => {
      for (let attempt = 1; ; attempt += 1) {
        const worker = await startApp('worker', {
          env: { ...env.worker, ...changes },
          mode: 'dist',
          awaitReady: false,
        });
        workers.push(keep(worker, (it) => it.stop(2_000)));
        try {
          await worker.ready();
          return worker;
        } catch (error) {
          // Somebody else took its port between the look and the start.
          const portTaken = worker.lines().some((line) => line.includes('EADDRINUSE'));
          if (!portTaken || attempt === START_ATTEMPTS) throw error;
          workers.splice(workers.indexOf(worker), 1);
        }
      }
    };
    const startApi = async (changes: Variables = {}) =>
      keep(await startApp('api', { env: { ...env.api, ...changes }, mode: 'dist' }), (it) => it.stop(2_000));
    const [api] = await Promise.all([
      startApi(),
      ...Array.from({ length: options.workers ?? 1 }, () => startWorker()),
    ]);

    return {
      host,
      mongo,
      redis,
      inbox,
      env,
      api,
      workers,
      client: createClient(api.url),
      startWorker,
      startApi,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** The JSON lines an application logged with this `event`. */
export const logged = (app: RunningApp, event: string): readonly Record<string, unknown>[] =>
  app.lines().flatMap((line) => {
    if (!line.includes(`"${event}"`)) return [];
    try {
      const parsed: Record<string, unknown> = JSON.parse(line);
      return parsed['event'] === event ? [parsed] : [];
    } catch {
      return [];
    }
  });
