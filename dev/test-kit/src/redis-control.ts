import { type RunningRedis, startRedis } from '@latchkey/dev-stack';
import { Redis } from 'ioredis';

/** A Redis of the test's own, which can be killed, frozen and emptied. Never one that REDIS_URL names. */
export interface RedisControl {
  readonly url: string;
  readonly port: number;
  /** Where the program came from, for people. */
  readonly source: string;
  /** SIGKILL; resolves when the process is gone. Its content is lost, since nothing is on disk. May be called again. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  flushAll(): Promise<void>;
  /** Stops it in order, also when it is frozen or gone. */
  stop(): Promise<void>;
}

/** `settings`: more arguments for redis-server, such as `--cluster-enabled yes`. */
export const startRedisControl = async ({
  settings = [],
}: {
  readonly settings?: readonly string[];
} = {}): Promise<RedisControl> => {
  let redis: RunningRedis = await startRedis({ own: true, settings });
  const { url, port, source } = redis;

  const signal = (name: NodeJS.Signals): void => {
    if (redis.pid === null) throw new Error('this Redis is not the own one');
    process.kill(redis.pid, name);
  };
  /** Does nothing when the process has ended. */
  const signalIfThere = (name: NodeJS.Signals): void => {
    try {
      signal(name);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  };

  return {
    url,
    port,
    source,
    kill: async () => {
      signalIfThere('SIGKILL');
      await redis.stop();
    },
    restart: async () => {
      redis = await startRedis({ own: true, settings, port });
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    flushAll: async () => {
      const client = new Redis(url);
      await client.flushall();
      client.disconnect();
    },
    stop: async () => {
      // A frozen process does not act on SIGTERM.
      signalIfThere('SIGCONT');
      await redis.stop();
    },
  };
};

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ESRCH';
