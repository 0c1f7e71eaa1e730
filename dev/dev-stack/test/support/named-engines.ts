import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll } from 'vitest';

/** Database and Redis prefix of `npm start`. */
const NAME = 'latchkey_start';

const named = () => ({
  mongo: process.env['MONGO_BACKEND'] === 'embedded' ? '' : (process.env['MONGODB_URI'] ?? ''),
  redis: process.env['REDIS_URL'] ?? '',
});

/** Ports of 127.0.0.1 on which the named engines listen. They do not belong to the tested script. */
export const namedPorts = (): readonly number[] =>
  Object.values(named()).flatMap((url) =>
    [...url.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port)),
  );

interface Leavings {
  areThere(): Promise<boolean>;
  remove(): Promise<unknown>;
  close(): Promise<unknown>;
}

const databaseIn = (uri: string): Leavings => {
  const client = new MongoClient(uri);
  return {
    areThere: async () => {
      const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
      return databases.some(({ name }) => name === NAME);
    },
    remove: () => client.db(NAME).dropDatabase(),
    close: () => client.close(),
  };
};

const keysIn = (url: string): Leavings => {
  const redis = new Redis(url);
  const keys = () => redis.keys(`*${NAME}*`);
  return {
    areThere: async () => (await keys()).length > 0,
    remove: async () => {
      const left = await keys();
      if (left.length > 0) await redis.unlink(left);
    },
    close: () => redis.quit(),
  };
};

/** `npm start` keeps its data in named engines. After the tests of a file, this deletes data that was not there before them. */
export const clearAfterStart = (): void => {
  const { mongo, redis } = named();
  const engines = [...(mongo ? [databaseIn(mongo)] : []), ...(redis ? [keysIn(redis)] : [])];
  const kept = new Set<Leavings>();

  beforeAll(async () => {
    for (const leavings of engines) if (await leavings.areThere()) kept.add(leavings);
  });
  afterAll(async () => {
    for (const leavings of engines) {
      if (!kept.has(leavings)) await leavings.remove();
      await leavings.close();
    }
  });
};
