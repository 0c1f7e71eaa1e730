import { randomBytes } from 'node:crypto';
import {
  type AppName,
  createTeardown,
  type DevEnvironment,
  devEnvironment,
  type Log,
  type RunningApp,
  startApp,
  startMongo,
  startRedis,
  unlinkKeys,
  withDatabase,
} from '@latchkey/dev-stack';
import { type Db, MongoClient } from 'mongodb';

type Variables = Readonly<Record<string, string>>;

/** Variables for both apps or for one, in addition to those of dev-stack. */
interface StackEnvironment {
  readonly both?: Variables;
  readonly api?: Variables;
  readonly worker?: Variables;
}

/** The parts of a Redis that the stack needs. */
interface AnyRedis {
  readonly url: string;
  readonly source: string;
  /** Null if the stack did not start this Redis. Then only the keys with the stack's prefix are deleted. */
  readonly pid?: number | null;
  stop(): Promise<unknown>;
}

/** The parts of a mail server that the stack needs. */
interface AnyMail {
  readonly smtpUrl: string;
  stop(): Promise<unknown>;
}

/** Everything that exists before an app runs. */
interface Ground<Redis, Mail> {
  /** Name of the database, unique to this stack. In braces it is the prefix of every key in Redis. */
  readonly name: string;
  readonly prefix: string;
  /** Connection string of the database, without a proxy. */
  readonly mongodbUri: string;
  readonly db: Db;
  readonly redis: Redis;
  readonly mail: Mail;
  /** Where the engines came from, for reports. */
  readonly sources: { readonly mongo: string; readonly redis: string };
  /** Registers `close` to run in `stop`, before everything that was registered earlier. Returns `thing`. */
  keep<T>(thing: T, close: (thing: T) => Promise<unknown>): T;
}

export interface StackOptions<Redis extends AnyRedis, Mail extends AnyMail> {
  /** Purpose of the stack, as a part of its name. */
  readonly purpose: string;
  /** A running MongoDB, such as the one that a test run shares. If absent, one is started by the rules of dev-stack. */
  readonly mongo?: { readonly uri: string; readonly source: string };
  readonly startRedis: () => Promise<Redis>;
  readonly startMail: () => Promise<Mail>;
  /** Base of the links in mails. */
  readonly publicWebUrl?: string;
  /** The environment, or a function that makes it after the engines have started. */
  readonly env?: StackEnvironment | ((ground: Ground<Redis, Mail>) => Promise<StackEnvironment>);
  /** Whether the apps run from their sources or from their builds (`dist`). */
  readonly mode?: 'source' | 'dist';
  readonly log?: Log;
}

/** Engines, a mail server, and apps on demand: everything of one Latchkey under test. */
export interface Stack<Redis extends AnyRedis, Mail extends AnyMail> extends Ground<Redis, Mail> {
  readonly env: DevEnvironment;
  /** All workers that were started, including those that have ended. */
  readonly workers: readonly RunningApp[];
  startApi(changes?: Variables): Promise<RunningApp>;
  startWorker(changes?: Variables): Promise<RunningApp>;
  /** Stops and removes everything, even if a part of it fails. Then rejects with all failures, if there are any. */
  stop(): Promise<void>;
}

/** Time that an app gets to end by itself. Tests that check how an app stops call its `stop` themselves. */
const STOP_GRACE_MS = 2_000;

/** The Redis that dev-stack finds, for tests that neither kill nor empty it. */
export const anyRedis = () => startRedis();

/** Starts the engines and the mail server. If one of them fails, everything is stopped and removed again. */
export const startStack = async <Redis extends AnyRedis, Mail extends AnyMail>(
  options: StackOptions<Redis, Mail>,
): Promise<Stack<Redis, Mail>> => {
  const { publicWebUrl = 'https://app.acme.test', mode = 'dist', env: wanted = {}, log = () => {} } = options;
  const teardown = createTeardown();
  const stop = async (): Promise<void> => {
    const failures = await teardown.run();
    if (failures.length > 0) throw new AggregateError(failures, 'the stack did not stop cleanly');
  };
  const keep = <T>(thing: T, close: (thing: T) => Promise<unknown>): T => {
    teardown.add(() => close(thing));
    return thing;
  };

  try {
    const name = `latchkey_${options.purpose}_${randomBytes(6).toString('hex')}`;
    const mongo = options.mongo ?? keep(await startMongo({ log }), (it) => it.stop());
    const redis = keep(await options.startRedis(), (it) => it.stop());
    if (redis.pid === null) teardown.add(() => unlinkKeys(redis.url, name));
    const mail = keep(await options.startMail(), (it) => it.stop());

    const mongodbUri = withDatabase(mongo.uri, name);
    const client = keep(await MongoClient.connect(mongodbUri), (it) => it.close());
    const db = keep(client.db(), (it) => it.dropDatabase());

    const sources = { mongo: mongo.source, redis: redis.source };
    const ground = { name, prefix: `{${name}}`, mongodbUri, db, redis, mail, sources, keep };
    const { both, ...each } = typeof wanted === 'function' ? await wanted(ground) : wanted;
    const env = devEnvironment({
      mongodbUri,
      redisUrl: redis.url,
      smtpUrl: mail.smtpUrl,
      publicWebUrl,
      both: { QUEUE_PREFIX: ground.prefix, ...both },
      ...each,
    });

    const workers: RunningApp[] = [];
    const start = async (app: AppName, changes: Variables, onSpawn: (it: RunningApp) => void) =>
      startApp(app, {
        env: { ...env[app], ...changes },
        mode,
        onSpawn: (it) => onSpawn(keep(it, () => it.stop(STOP_GRACE_MS))),
      });

    return {
      ...ground,
      env,
      workers,
      startApi: (changes = {}) => start('api', changes, () => {}),
      /** Adds the worker to `workers` at its spawn, because it may send a mail, and a test may kill it, before it is ready. */
      startWorker: (changes = {}) => {
        let tried: RunningApp | undefined;
        return start('worker', changes, (worker) => {
          // The worker is started again because another process took its port before it could listen.
          if (tried) workers.splice(workers.indexOf(tried), 1);
          workers.push(worker);
          tried = worker;
        });
      },
      stop,
    };
  } catch (error) {
    await teardown.run();
    throw error;
  }
};
