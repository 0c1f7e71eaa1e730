import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import type { Engines } from '../engines.ts';

const KEYS_A_ROUND = 500;

/** Whoever pressed Ctrl-C does not wait for an engine that hangs. */
const PATIENCE_MS = 5_000;

const dropDatabase = async (mongodbUri: string): Promise<void> => {
  const client = new MongoClient(mongodbUri, {
    serverSelectionTimeoutMS: PATIENCE_MS,
    connectTimeoutMS: PATIENCE_MS,
    socketTimeoutMS: PATIENCE_MS,
  });
  try {
    await client.db().dropDatabase();
  } finally {
    await client.close();
  }
};

/** Removes every key with this name in it from a Redis that is somebody else's. */
export const unlinkKeys = async (redisUrl: string, name: string): Promise<void> => {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1, commandTimeout: PATIENCE_MS });
  redis.on('error', () => {}); // told by the command that fails
  try {
    for await (const keys of redis.scanStream({ match: `*${name}*`, count: KEYS_A_ROUND })) {
      if (Array.isArray(keys) && keys.length > 0) await redis.unlink(keys);
    }
  } finally {
    redis.disconnect();
  }
};

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
  // One that cannot be reached does not keep the other from being cleared.
  await Promise.allSettled([
    engines.mongo.backend === 'given' && dropDatabase(mongodbUri),
    engines.redis.pid === null && unlinkKeys(engines.redis.url, name),
  ]);
};
