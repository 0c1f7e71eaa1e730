import {
  assertReplicaSet,
  checkSessions,
  connectMongo,
  ensureIndexes,
  type HostCollections,
  type MongoConnection,
} from '@latchkey/mongo';
import type { Logger } from '@latchkey/runtime';

/**
 * Connects and makes sure that the database can do what is needed of it. Closes the connection again when it cannot.
 * @throws EngineError for a standalone server, ConfigError when no session could ever be ended.
 */
export const openMongo = async ({
  uri,
  host,
  logger,
}: {
  uri: string;
  host: HostCollections;
  logger: Logger;
}): Promise<MongoConnection> => {
  const mongo = await connectMongo({ uri, appName: 'latchkey-api', log: logger });

  try {
    await assertReplicaSet(mongo.connection);
    await ensureIndexes(mongo.connection);
    await checkSessions(mongo.connection, host);
    return mongo;
  } catch (error) {
    await mongo.close();
    throw error;
  }
};
