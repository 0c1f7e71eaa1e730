import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import type { Engines } from '../engines.ts';

const KEYS_A_ROUND = 500;

/** Removes what a demonstration wrote into engines that are somebody else's; our own vanish with their process. */
export const leaveNoTrace = async ({
  engines,
  mongodbUri,
  name,
}: {
  engines: Engines;
  mongodbUri: string;
  /** In the database's name and in every Redis key, and long enough to be nobody else's. */
  name: string;
}): Promise<void> => {
  if (engines.mongo.backend === 'given') {
    const client = await MongoClient.connect(mongodbUri, { serverSelectionTimeoutMS: 5_000 });
    await client.db().dropDatabase();
    await client.close();
  }

  if (engines.redis.pid === null) {
    const redis = new Redis(engines.redis.url, { maxRetriesPerRequest: 1 });
    redis.on('error', () => {});
    for await (const keys of redis.scanStream({ match: `*${name}*`, count: KEYS_A_ROUND })) {
      if (Array.isArray(keys) && keys.length > 0) await redis.unlink(keys);
    }
    redis.disconnect();
  }
};
