import type { RunningRedis } from '@latchkey/dev-stack';
import { type MongoProxyOptions, startMongoProxy } from '@latchkey/test-kit/mongo-proxy';
import { type Relay, startRelay } from '@latchkey/test-kit/relay';
import { anyRedis, type Stack, startStack } from '@latchkey/test-kit/stack';
import { until } from '@latchkey/test-kit/until';
import { hashSync } from 'bcryptjs';
import { Redis } from 'ioredis';
import { type Document, ObjectId } from 'mongodb';
import { settled } from '../harness/rows.ts';
import { type Class, classOf } from './classes.ts';

/** A stack with a relay and the users of the host application. Its apps are built as in production; tests start and stop them. */
export interface World extends Omit<Stack<RunningRedis, Relay>, 'mail'> {
  readonly relay: Relay;
  addUsers(addresses: readonly string[], options?: { disabled?: boolean }): Promise<readonly ObjectId[]>;
  /** An api whose database inserts requests of one class slowly. */
  startSlowApi(slow: { class: Class; microseconds: number }): Promise<App>;
  /** A worker that finds no row of a request without a mail, to show what a product without ghost deliveries would reveal. */
  startWorkerWithoutGhosts(): Promise<App>;
  /** Resolves when all work of the requests so far is done. */
  drained(): Promise<void>;
  /** Resolves when at most `jobs` jobs could start now. Jobs that wait for the end of their jitter do not count. */
  keepsUp(jobs: number): Promise<void>;
  /** Resolves when both queues are empty, including delayed jobs. */
  idle(): Promise<void>;
}

export interface App {
  readonly url: string;
  stop(): Promise<unknown>;
}

export interface WorldOptions {
  /** MAIL_JITTER. The default of the product is 3s. */
  readonly jitter: string;
  /** Delay of the relay before its answer to a mail, in milliseconds. */
  readonly relayMs: number;
  /** Share by which the delay varies in both directions. Default: 0. */
  readonly relaySpread?: number;
  /** Variables of the api. Default: limits so high that the test can send any number of requests. */
  readonly api?: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

const HASH = hashSync('irrelevant here', 4);

/** The limit per network would end the attack after ten requests, visibly and equally for every class, so it is raised. */
const UNLIMITED = { LIMIT_REQUEST_PER_NETWORK: '100000000/1h', LIMIT_REQUEST_PER_ACCOUNT: '3/1h' };

export const startWorld = async ({
  jitter,
  relayMs,
  relaySpread = 0,
  api = UNLIMITED,
  say,
}: WorldOptions): Promise<World> => {
  const { mail: relay, ...stack } = await startStack({
    purpose: 'timing',
    startRedis: anyRedis,
    startMail: () => startRelay({ delayMs: relayMs, spread: relaySpread }),
    env: { both: { NODE_ENV: 'production', MAIL_JITTER: jitter, LOG_LEVEL: 'info' }, api },
    log: say,
  });
  const { db, keep, prefix } = stack;
  const redis = keep(new Redis(stack.redis.url), async (it) => it.disconnect());
  const users = db.collection('users');
  await users.createIndex({ email: 1 });
  await db.createCollection('sessions');

  /** Variables for an app whose connection to the database goes through a proxy. */
  const behindProxy = async (options: Pick<MongoProxyOptions, 'rewrite'> = {}) => {
    const proxy = keep(await startMongoProxy({ target: stack.mongodbUri, ...options }), (it) => it.stop());
    return { proxy, env: { MONGODB_URI: proxy.uri(stack.name) } };
  };

  return {
    ...stack,
    relay,
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
    startWorkerWithoutGhosts: async () =>
      stack.startWorker((await behindProxy({ rewrite: withoutEndedRequests })).env),
    startSlowApi: async (slow) => {
      const { proxy, env } = await behindProxy();
      proxy.watch(delayFor(slow));
      return stack.startApi(env);
    },
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
      await settled({ db }, 120_000);
    },
  };
};

/** Busy-waits, because a timer cannot be this short. */
const spin = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

/** Every class has the cost of the check; only one class has the delay. */
const delayFor =
  (slow: { class: Class; microseconds: number }) =>
  ({ insert, documents }: Document): void => {
    if (insert !== 'latchkey_requests') return;
    spin(classOf(documents[0].address) === slow.class ? slow.microseconds / 1_000 : 0);
  };

const WITHOUT_A_MAIL = ['no_account', 'ineligible', 'over_limit'];

/** Simulates a database without the rows of requests that ended without a mail. Then no ghost delivery takes place. */
const withoutEndedRequests = (reply: Document): Document => {
  const rows: readonly Document[] = reply['cursor']?.firstBatch ?? [];
  if (!rows.some(({ reference, state }) => reference !== undefined && WITHOUT_A_MAIL.includes(state)))
    return reply;
  return { ...reply, cursor: { ...reply['cursor'], firstBatch: [] } };
};
