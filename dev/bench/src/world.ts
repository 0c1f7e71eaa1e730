import {
  freePort,
  type GuardedProcess,
  type RunningRedis,
  scriptArgs,
  spawnGuarded,
} from '@latchkey/dev-stack';
import type { Relay } from '@latchkey/test-kit/relay';
import { anyRedis, type Stack, startStack } from '@latchkey/test-kit/stack';

/** A server under load. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

/** A stack with the collections of a host application. Every app on it runs in production mode. */
export interface World extends Stack<RunningRedis, Pick<Relay, 'smtpUrl' | 'stop'>> {
  startFloor(): Promise<Target & Pick<GuardedProcess, 'stop'>>;
  addUsers(emails: readonly string[], passwordHash: string): Promise<void>;
}

const FLOOR = new URL('floor/server.ts', import.meta.url).href;

/** Starts a world. Its `stop` does not stop the `relay`. */
export const startWorld = async ({
  relay,
  say,
}: {
  relay: Relay;
  say: (line: string) => void;
}): Promise<World> => {
  const stack = await startStack({
    purpose: 'bench',
    startRedis: anyRedis,
    startMail: async () => ({ smtpUrl: relay.smtpUrl, stop: async () => {} }),
    env: {
      both: { NODE_ENV: 'production', LOG_LEVEL: 'info', MAIL_JITTER: '3s' },
      // The load comes from one network, so the limits are very high. They are counted as in production.
      api: {
        BCRYPT_COST: '12',
        LIMIT_REQUEST_PER_NETWORK: '1000000000/1h',
        LIMIT_REDEEM_PER_NETWORK: '1000000000/1h',
      },
    },
    log: say,
  });
  const users = stack.db.collection('users');
  await users.createIndex({ email: 1 });
  await stack.db.createCollection('sessions');

  return {
    ...stack,
    startFloor: async () => {
      const port = String(await freePort());
      const floor = await spawnGuarded({
        command: process.execPath,
        args: scriptArgs(FLOOR),
        env: {
          NODE_ENV: 'production',
          MONGODB_URI: stack.mongodbUri,
          REDIS_URL: stack.redis.url,
          PORT: port,
        },
      });
      await floor.waitForLine((line) => line.startsWith('listening'));
      return { name: 'floor', url: `http://127.0.0.1:${port}`, pid: floor.pid, stop: floor.stop };
    },
    addUsers: async (emails, passwordHash) => {
      const rows = emails.map((email) => ({ email, passwordHash, locale: 'en', name: 'Bench' }));
      await users.insertMany(rows);
    },
  };
};
