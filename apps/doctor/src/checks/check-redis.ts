import type { createRedisConnection } from '@latchkey/queue';
import { advice, type Finding, ok, problem } from '../finding.ts';

type Redis = ReturnType<typeof createRedisConnection>;

/** Whether Redis keeps what it is given. Reads only. */
export const checkRedis = async (redis: Redis): Promise<Finding[]> => {
  const info = await redis.info();
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();

  return [
    ok(`Redis ${field('redis_version') ?? ''} answers`),
    field('maxmemory_policy') === 'noeviction'
      ? ok('Redis never evicts (maxmemory-policy noeviction)')
      : problem('Redis may evict jobs when memory runs out: set maxmemory-policy noeviction'),
    field('aof_enabled') === '1'
      ? ok('Redis writes an append-only file')
      : advice(
          'Redis keeps nothing over a restart (appendonly no): no work is lost, but it waits for the reconciler',
        ),
  ];
};
