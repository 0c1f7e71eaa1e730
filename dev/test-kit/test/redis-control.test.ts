import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RedisControl, startRedisControl } from '../src/redis-control.ts';

describe('a Redis under control', () => {
  let redis: RedisControl;
  /** Runs a command with a new client. Rejects if there is no answer. */
  const ask = async <T>(command: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(redis.url, {
      maxRetriesPerRequest: 0,
      commandTimeout: 1_000,
      retryStrategy: null,
    });
    client.on('error', () => {}); // the command reports the error
    return command(client).finally(() => client.disconnect());
  };

  beforeEach(async () => {
    redis = await startRedisControl();
  });
  afterEach(() => redis.stop());

  it('is gone when killed, and comes back empty on the same port', async () => {
    await ask((client) => client.set('kept', 'no'));
    await redis.kill();
    await redis.kill();
    await expect(ask((client) => client.ping())).rejects.toThrow();

    await redis.restart();
    expect(await ask((client) => client.dbsize())).toBe(0);
  });

  it('answers nothing while frozen, and stops in order even then', async () => {
    redis.freeze();
    await expect(ask((client) => client.ping())).rejects.toThrow();
    redis.thaw();
    expect(await ask((client) => client.ping())).toBe('PONG');

    redis.freeze();
    await redis.stop();
    await expect(ask((client) => client.ping())).rejects.toThrow();
  });

  it('forgets everything when told to', async () => {
    await ask((client) => client.set('key', 'value'));
    await redis.flushAll();
    expect(await ask((client) => client.dbsize())).toBe(0);
  });

  it('is never the one that REDIS_URL names', async () => {
    vi.stubEnv('REDIS_URL', redis.url);
    const other = await startRedisControl();
    vi.unstubAllEnvs();

    expect(other.url).not.toBe(redis.url);
    await other.stop();
  });
});
