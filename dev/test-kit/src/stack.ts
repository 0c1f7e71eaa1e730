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

/** Environment for both applications or for one, on top of dev-stack's. */
interface StackEnvironment {
  readonly both?: Variables;
  readonly api?: Variables;
  readonly worker?: Variables;
}

/** A Redis as the stack needs it. */
interface AnyRedis {
  readonly url: string;
  readonly source: string;
  /** Null when it is somebody else's, so that only keys with the stack's prefix may go. */
  readonly pid?: number | null;
  stop(): Promise<unknown>;
}

/** A mail server as the stack needs it. */
interface AnyMail {
  readonly smtpUrl: string;
  stop(): Promise<unknown>;
}

/** What is there before any application runs. */
interface Ground<Redis, Mail> {
  /** Name of the database, and within braces the prefix of every key in Redis: nobody else's. */
  readonly name: string;
  readonly prefix: string;
  /** Connection string of the database, straight to the server. */
  readonly mongodbUri: string;
  readonly db: Db;
  readonly redis: Redis;
  readonly mail: Mail;
  /** Where the engines came from, for reports. */
  readonly sources: { readonly mongo: string; readonly redis: string };
  /** Closes it with the stack, before everything that was there earlier. Answers the thing itself. */
  keep<T>(thing: T, close: (thing: T) => Promise<unknown>): T;
}

export interface StackOptions<Redis extends AnyRedis, Mail extends AnyMail> {
  /** What the stack is for: part of its name. */
  readonly purpose: string;
  /** A MongoDB that is there, such as the one that a run of tests shares. Absent: started, by dev-stack's rules. */
  readonly mongo?: { readonly uri: string; readonly source: string };
  readonly startRedis: () => Promise<Redis>;
  readonly startMail: () => Promise<Mail>;
  /** Base of the mailed links. */
  readonly publicWebUrl?: string;
  /** The environment, or how to make it once the ground is there. */
  readonly env?: StackEnvironment | ((ground: Ground<Redis, Mail>) => Promise<StackEnvironment>);
  /** Whether applications run from their sources or from their builds (`dist`). */
  readonly mode?: 'source' | 'dist';
  readonly log?: Log;
}

/** Engines, a mail server and applications on demand: all that belongs to one Latchkey under test. */
export interface Stack<Redis extends AnyRedis, Mail extends AnyMail> extends Ground<Redis, Mail> {
  readonly env: DevEnvironment;
  /** Those started so far, dead ones included. */
  readonly workers: readonly RunningApp[];
  startApi(changes?: Variables): Promise<RunningApp>;
  startWorker(changes?: Variables): Promise<RunningApp>;
  /** Stops and removes everything, whatever fails on the way; then rejects with what did. */
  stop(): Promise<void>;
}

/** Long enough for an app to end by itself; what a test wants of a stop it looks at itself. */
const STOP_GRACE_MS = 2_000;

/** The Redis that dev-stack finds: for tests that neither kill nor empty it. */
export const anyRedis = () => startRedis();

/** Starts the ground and answers how to start the rest; nothing stays behind when something fails. */
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
      /** In the list from its first moment on: it may send a mail, and be killed for it, before it calls itself ready. */
      startWorker: (changes = {}) => {
        let tried: RunningApp | undefined;
        return start('worker', changes, (worker) => {
          // Started again, since somebody else took its port between the look and the start.
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
