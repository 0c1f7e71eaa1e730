import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import type { Engines } from '../engines.ts';

const KEYS_A_ROUND = 500;

/** Time limit for an engine that does not answer, because after Ctrl-C the user waits. */
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

/** Deletes every key that contains this name, for a Redis that this process did not start. */
export const unlinkKeys = async (redisUrl: string, name: string): Promise<void> => {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1, commandTimeout: PATIENCE_MS });
  redis.on('error', () => {}); // the command that fails reports it
  try {
    for await (const keys of redis.scanStream({ match: `*${name}*`, count: KEYS_A_ROUND })) {
      if (Array.isArray(keys) && keys.length > 0) await redis.unlink(keys);
    }
  } finally {
    redis.disconnect();
  }
};

/** Deletes what a demonstration wrote into named engines. Engines that it started itself lose their data when they end. */
export const leaveNoTrace = async ({
  engines,
  mongodbUri,
  name,
}: {
  engines: Engines;
  mongodbUri: string;
  /** Part of the database's name and of every Redis key. It is long and random, so it is unique. */
  name: string;
}): Promise<void> => {
  // If one engine cannot be reached, the other is still cleared.
  await Promise.allSettled([
    engines.mongo.backend === 'given' && dropDatabase(mongodbUri),
    engines.redis.pid === null && unlinkKeys(engines.redis.url, name),
  ]);
};
