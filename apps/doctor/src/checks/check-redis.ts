import type { createRedisConnection } from '@latchkey/queue';
import { advice, type Finding, ok, problem } from '../finding.ts';

type Redis = ReturnType<typeof createRedisConnection>;

/** Checks whether Redis accepts writes and keeps its data. Read only. */
export const checkRedis = async (redis: Redis): Promise<Finding[]> => {
  const info = await redis.info();
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();

  return [
    ok(`Redis ${field('redis_version') ?? ''} answers`),
    ...(field('cluster_enabled') === '1'
      ? [
          problem(
            'REDIS_URL names a node of a Redis Cluster, which is not supported yet: set it to a single Redis',
          ),
        ]
      : []),
    ...REFUSALS.filter(({ when }) => when(field)).map(({ text }) => problem(`Redis refuses writes: ${text}`)),
    field('maxmemory_policy') === 'noeviction'
      ? ok('Redis never evicts (maxmemory-policy noeviction)')
      : problem('Redis may evict jobs when memory runs out: set maxmemory-policy noeviction'),
    field('aof_enabled') === '1'
      ? ok('Redis writes an append-only file')
      : advice(
          'Redis loses its jobs in a restart (appendonly no): no work is lost, but it waits for the reconciler',
        ),
  ];
};

type Field = (name: string) => string | undefined;

/** Reasons for which Redis refuses writes. In these states it still answers reads, so no other check finds them. */
const REFUSALS: readonly { readonly when: (field: Field) => boolean; readonly text: string }[] = [
  {
    when: (field) => field('role') === 'slave' && field('slave_read_only') === '1',
    text: 'REDIS_URL names a replica; set it to the primary',
  },
  {
    when: (field) =>
      field('maxmemory_policy') === 'noeviction' &&
      Number(field('maxmemory')) > 0 &&
      Number(field('used_memory')) >= Number(field('maxmemory')),
    text: 'it is out of memory; raise maxmemory',
  },
  {
    when: (field) => field('aof_last_write_status') === 'err',
    text: 'it could not write its append-only file; check its disk',
  },
  {
    when: (field) => field('min_slaves_good_slaves') === '0',
    text: 'it has fewer replicas than min-replicas-to-write requires',
  },
];
