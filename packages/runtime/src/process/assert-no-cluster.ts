import { EngineError } from '../errors.ts';

/**
 * Our clients speak to one Redis and do not follow a cluster's keys from node to node: every call would be answered MOVED for ever.
 *
 * @throws EngineError when REDIS_URL leads to a Redis Cluster.
 */
export const assertNoCluster = async (redis: { isCluster(): Promise<boolean> }): Promise<void> => {
  if (!(await redis.isCluster())) return;

  throw new EngineError({
    engine: 'Redis',
    message: 'REDIS_URL names a node of a Redis Cluster, which is not supported yet',
    remedy: 'Name a single Redis, or the primary of a replicated one (cluster-enabled no).',
  });
};
