import { type RunningRedis, startRedis } from '@latchkey/dev-stack';
import { Redis } from 'ioredis';

/** A Redis that only one test uses and can kill, freeze and empty. It is never the one in REDIS_URL. */
export interface RedisControl {
  readonly url: string;
  readonly port: number;
  /** Where the program came from, as a text for developers. */
  readonly source: string;
  /** Sends SIGKILL; resolves when the process has ended. Its data is lost, because none is on disk. May be called again. */
  kill(): Promise<void>;
  /** Starts Redis again, empty, on the same port. */
  restart(): Promise<void>;
  /** Sends SIGSTOP: connections stay open and get no answers. */
  freeze(): void;
  thaw(): void;
  flushAll(): Promise<void>;
  /** Stops Redis, also when it is frozen or has ended. */
  stop(): Promise<void>;
}

/** Starts a Redis. `settings`: more arguments for redis-server, such as `--cluster-enabled yes`. */
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
  /** Sends a signal; does nothing if the process has ended. */
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
