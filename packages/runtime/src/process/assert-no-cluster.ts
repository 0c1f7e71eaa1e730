import { EngineError } from '../errors.ts';

/**
 * Checks that Redis is no cluster. The Redis clients use one node and cannot follow a cluster's keys to other nodes, so calls
 * would fail with MOVED.
 *
 * @throws EngineError when REDIS_URL names a node of a Redis Cluster.
 */
export const assertNoCluster = async (redis: { isCluster(): Promise<boolean> }): Promise<void> => {
  if (!(await redis.isCluster())) return;

  throw new EngineError({
    engine: 'Redis',
    message: 'REDIS_URL names a node of a Redis Cluster, which is not supported yet',
    remedy: 'Name a single Redis, or the primary of a replicated one (cluster-enabled no).',
  });
};
