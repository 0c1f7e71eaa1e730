import { type MailInbox, type RunningApp, startMailInbox } from '@latchkey/dev-stack';
import { type Client, createClient } from '@latchkey/test-kit/graphql';
import { sharedMongo } from '@latchkey/test-kit/mongo';
import { type MongoProxy, startMongoProxy } from '@latchkey/test-kit/mongo-proxy';
import { type RedisControl, startRedisControl } from '@latchkey/test-kit/redis-control';
import { type Stack as BareStack, startStack as startBareStack } from '@latchkey/test-kit/stack';
import { createHost, type Host } from './host.ts';

type Variables = Readonly<Record<string, string>>;

export interface StackOptions {
  readonly both?: Variables;
  readonly api?: Variables;
  readonly worker?: Variables;
  /** Number of workers at the start. Default: 1. */
  readonly workers?: number;
  /** Writes data into the database before the apps start. */
  readonly seed?: (host: Host) => Promise<unknown>;
  /** Awaited after the engines have started and before the apps use them. */
  readonly beforeApps?: (engines: Pick<Stack, 'host' | 'redis' | 'inbox'>) => Promise<void>;
}

/** The built api and workers as processes, with a real Redis, a MongoDB behind proxies, and a real SMTP server. */
export interface Stack extends Omit<BareStack<RedisControl, MailInbox>, 'mail'> {
  readonly host: Host;
  /** The proxies between each app and MongoDB. `host` connects without a proxy. */
  readonly mongo: { readonly api: MongoProxy; readonly worker: MongoProxy };
  readonly inbox: MailInbox;
  readonly api: RunningApp;
  readonly client: Client;
}

/** Defaults for tests: no limits, no jitter, cheap hashes. Each test turns on what it tests. */
const DEFAULTS = {
  both: { NODE_ENV: 'test', MAIL_JITTER: '0s', LOG_LEVEL: 'info' },
  api: {
    BCRYPT_COST: '4',
    LIMIT_REQUEST_PER_NETWORK: 'off',
    LIMIT_REQUEST_PER_ACCOUNT: 'off',
    LIMIT_REDEEM_PER_NETWORK: 'off',
    TRUSTED_PROXIES: '127.0.0.1/32',
  },
} satisfies Record<string, Variables>;

export const startStack = async (options: StackOptions = {}): Promise<Stack> => {
  const proxies: MongoProxy[] = [];
  const { mail: inbox, ...bare } = await startBareStack({
    purpose: 'e2e',
    mongo: sharedMongo(),
    startRedis: startRedisControl,
    startMail: startMailInbox,
    publicWebUrl: 'http://127.0.0.1:5173',
    env: async ({ name, mongodbUri, keep }) => {
      const behindProxy = async () => {
        const proxy = keep(await startMongoProxy({ target: mongodbUri }), (it) => it.stop());
        proxies.push(proxy);
        return { MONGODB_URI: proxy.uri(name) };
      };
      return {
        both: { ...DEFAULTS.both, ...options.both },
        api: { ...DEFAULTS.api, ...(await behindProxy()), ...options.api },
        worker: { ...(await behindProxy()), ...options.worker },
      };
    },
  });

  try {
    const [ofApi, ofWorker] = proxies;
    if (!ofApi || !ofWorker) throw new Error('the proxies were not started');
    const host = createHost(bare.db);
    await options.seed?.(host);
    await options.beforeApps?.({ host, redis: bare.redis, inbox });
    const [api] = await Promise.all([
      bare.startApi(),
      ...Array.from({ length: options.workers ?? 1 }, () => bare.startWorker()),
    ]);
    return {
      ...bare,
      host,
      mongo: { api: ofApi, worker: ofWorker },
      inbox,
      api,
      client: createClient(api.url),
    };
  } catch (error) {
    await bare.stop();
    throw error;
  }
};
