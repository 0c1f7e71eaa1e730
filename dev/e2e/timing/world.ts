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

/** A stack with a relay and the host's users; applications come and go, built as in production. */
export interface World extends Omit<Stack<RunningRedis, Relay>, 'mail'> {
  readonly relay: Relay;
  addUsers(addresses: readonly string[], options?: { disabled?: boolean }): Promise<readonly ObjectId[]>;
  /** An api with a database that is slow to insert requests of one class. */
  startSlowApi(slow: { class: Class; microseconds: number }): Promise<App>;
  /** A worker which finds no row of a request that ended without a mail: for showing what that would tell. */
  startWorkerWithoutGhosts(): Promise<App>;
  /** Resolves when everything that was asked so far has been dealt with. */
  drained(): Promise<void>;
  /** Resolves when the worker has at most `jobs` to do that it could do now; jobs that wait out their jitter do not count. */
  keepsUp(jobs: number): Promise<void>;
  /** Resolves when no job is left in either queue, not even a delayed one. */
  idle(): Promise<void>;
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

  /** Where an application finds the database when its way there is disturbed. */
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
