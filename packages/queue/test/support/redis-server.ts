import { startRedis } from '@latchkey/dev-stack';

/** A real Redis of our own on a port of its own, that can be killed, frozen and started again empty. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

export const startRedisServer = async (): Promise<RedisServer> => {
  // One that was named belongs to somebody else and must not be killed.
  delete process.env['REDIS_URL'];
  let redis = await startRedis();
  const { port, url } = redis;

  const signal = (name: NodeJS.Signals): void => {
    if (redis.pid !== null) process.kill(redis.pid, name);
  };

  return {
    url,
    port,
    start: async () => {
      redis = await startRedis({ port });
    },
    kill: async () => {
      try {
        signal('SIGKILL');
      } catch {
        // Killed before.
      }
      await redis.stop();
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  };
};
