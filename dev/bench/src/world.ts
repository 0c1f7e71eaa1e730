import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type DevEnvironment,
  devEnvironment,
  type Engines,
  freePort,
  type GuardedProcess,
  type RunningApp,
  spawnGuarded,
  startApp,
  startEngines,
  withDatabase,
} from '@latchkey/dev-stack';
import { MongoClient } from 'mongodb';

/** A server under load. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

/** Engines with a database of their own; everything started on them is in production mode. */
export interface World {
  readonly engines: Engines;
  readonly env: DevEnvironment;
  startApi(overrides?: Readonly<Record<string, string>>): Promise<RunningApp>;
  startWorker(overrides?: Readonly<Record<string, string>>): Promise<RunningApp>;
  startFloor(): Promise<Target & Pick<GuardedProcess, 'stop'>>;
  addUsers(emails: readonly string[], passwordHash: string): Promise<void>;
  stop(): Promise<void>;
}

const FLOOR = fileURLToPath(new URL('floor/server.ts', import.meta.url));

export const startWorld = async ({
  smtpUrl,
  say,
}: {
  smtpUrl: string;
  say: (line: string) => void;
}): Promise<World> => {
  const engines = await startEngines({ log: say });
  const mongodbUri = withDatabase(engines.mongo.uri, `bench_${randomBytes(4).toString('hex')}`);
  const client = await MongoClient.connect(mongodbUri);
  await client.db().collection('users').createIndex({ email: 1 });
  await client.db().createCollection('sessions');

  const env = devEnvironment({
    mongodbUri,
    redisUrl: engines.redis.url,
    smtpUrl,
    publicWebUrl: 'https://app.acme.test',
    both: { NODE_ENV: 'production', LOG_LEVEL: 'info', MAIL_JITTER: '3s' },
    // The load comes from one network. Counted all the same, as in production.
    api: {
      BCRYPT_COST: '12',
      LIMIT_REQUEST_PER_NETWORK: '1000000000/1h',
      LIMIT_REDEEM_PER_NETWORK: '1000000000/1h',
    },
  });

  return {
    engines,
    env,
    startApi: (overrides) => startApp('api', { env: { ...env.api, ...overrides }, mode: 'dist' }),
    startWorker: (overrides) => startApp('worker', { env: { ...env.worker, ...overrides }, mode: 'dist' }),
    startFloor: async () => {
      const port = String(await freePort());
      const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
      const floor = await spawnGuarded({
        command: process.execPath,
        args: ['--import', tsx, FLOOR],
        env: {
          NODE_ENV: 'production',
          MONGODB_URI: mongodbUri,
          REDIS_URL: engines.redis.url,
          PORT: port,
        },
      });
      await floor.waitForLine((line) => line.startsWith('listening'));
      return { name: 'floor', url: `http://127.0.0.1:${port}`, pid: floor.pid, stop: floor.stop };
    },
    addUsers: async (emails, passwordHash) => {
      const rows = emails.map((email) => ({ email, passwordHash, locale: 'en', name: 'Bench' }));
      await client.db().collection('users').insertMany(rows);
    },
    stop: async () => {
      await client.db().dropDatabase();
      await client.close();
      await engines.stop();
    },
  };
};
