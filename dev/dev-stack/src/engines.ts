import { type Log, silent } from './log.ts';
import { type RunningMongo, startMongo } from './mongo/start-mongo.ts';
import { type RunningRedis, startRedis } from './redis/start-redis.ts';

/** The engines that every Latchkey needs. */
export interface Engines {
  readonly mongo: RunningMongo;
  readonly redis: RunningRedis;
  stop(): Promise<void>;
}

/** Starts both engines at the same time. If one cannot be started, the other is stopped. */
export const startEngines = async ({ log = silent }: { log?: Log } = {}): Promise<Engines> => {
  const [mongo, redis] = await Promise.allSettled([startMongo({ log }), startRedis({ log })]);

  if (mongo.status === 'rejected' || redis.status === 'rejected') {
    if (mongo.status === 'fulfilled') await mongo.value.stop();
    if (redis.status === 'fulfilled') await redis.value.stop();
    throw redis.status === 'rejected' ? redis.reason : mongo.status === 'rejected' ? mongo.reason : undefined;
  }

  return {
    mongo: mongo.value,
    redis: redis.value,
    stop: async () => {
      await Promise.all([mongo.value.stop(), redis.value.stop()]);
    },
  };
};
