import { assertReplicaSet, connectMongo, ensureIndexes, type MongoConnection } from '@latchkey/mongo';
import type { Logger } from '@latchkey/runtime';

/** A connection that the flow can run on: a replica set, with our collections and indexes in place. */
export const openMongo = async (
  uri: string,
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<MongoConnection> => {
  const mongo = await connectMongo({ uri, appName: 'latchkey-worker', log });

  try {
    await assertReplicaSet(mongo.connection);
    await ensureIndexes(mongo.connection);
    return mongo;
  } catch (error) {
    await mongo.close();
    throw error;
  }
};
