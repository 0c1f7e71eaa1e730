import { Redis } from 'ioredis';

/** Rejects if no Redis answers at this address within 3 s. The error contains only host and port. */
export const checkRedis = async (url: string): Promise<void> => {
  if (!/^rediss?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new Error('REDIS_URL must be a redis:// or rediss:// address, such as redis://127.0.0.1:6379');
  }
  const { hostname, port } = new URL(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 3_000,
    commandTimeout: 3_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => {}); // the error below reports it once

  try {
    await redis.connect();
    await redis.ping();
  } catch (cause) {
    throw new Error(
      `REDIS_URL is set, but no Redis answers at ${hostname}:${port || 6379}. Start it, or unset REDIS_URL to get one for development.`,
      { cause },
    );
  } finally {
    redis.disconnect();
  }
};
