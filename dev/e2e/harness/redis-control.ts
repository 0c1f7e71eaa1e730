import { type RunningRedis, startRedis } from '@latchkey/dev-stack';
import { Redis } from 'ioredis';

/** A Redis of our own that can die, freeze and forget. */
export interface RedisControl {
  readonly url: string;
  /** SIGKILL; resolves when it is gone. What it held is lost, since nothing is on disk. */
  kill(): Promise<void>;
  /** Comes back, empty, on the same port. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  flushAll(): Promise<void>;
  stop(): Promise<void>;
}

/** One that was named in REDIS_URL is somebody's: never killed, never flushed. */
const startOwn = async (port?: number): Promise<RunningRedis & { readonly pid: number }> => {
  const named = process.env['REDIS_URL'];
  delete process.env['REDIS_URL'];
  try {
    const redis = await startRedis(port === undefined ? {} : { port });
    if (redis.pid === null) throw new Error('this Redis is not ours');
    return { ...redis, pid: redis.pid };
  } finally {
    if (named !== undefined) process.env['REDIS_URL'] = named;
  }
};

export const startRedisControl = async (): Promise<RedisControl> => {
  let redis = await startOwn();
  const { url, port } = redis;

  return {
    url,
    kill: async () => {
      process.kill(redis.pid, 'SIGKILL');
      await redis.stop();
    },
    restart: async () => {
      redis = await startOwn(port);
    },
    freeze: () => void process.kill(redis.pid, 'SIGSTOP'),
    thaw: () => void process.kill(redis.pid, 'SIGCONT'),
    flushAll: async () => {
      const client = new Redis(url);
      await client.flushall();
      client.disconnect();
    },
    stop: async () => {
      // A frozen process keeps its SIGTERM for later.
      try {
        process.kill(redis.pid, 'SIGCONT');
      } catch {
        // gone already
      }
      await redis.stop();
    },
  };
};
