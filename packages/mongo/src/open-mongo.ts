import type { Log } from '@latchkey/runtime';
import type { HostCollections } from '@latchkey/settings';
import { connectMongo, type MongoConnection } from './connection.ts';
import { checkSessions } from './host/check-sessions.ts';
import { ensureIndexes } from './indexes.ts';
import { assertReplicaSet } from './replica-set.ts';

/**
 * Opens a connection to a replica set and creates missing collections and indexes. With `endsSessionsOf`, also checks that a
 * reset in this process can end sessions of that host application. The connection is closed again when a check fails.
 * @throws UnavailableError without a connection, EngineError for a standalone server, ConfigError when a reset could end no
 * session.
 */
export const openMongo = async ({
  uri,
  appName,
  endsSessionsOf,
  log,
}: {
  readonly uri: string;
  /** Name of this process in the server's log and profiler. */
  readonly appName: string;
  readonly endsSessionsOf?: HostCollections;
  readonly log: Log;
}): Promise<MongoConnection> => {
  const mongo = await connectMongo({ uri, appName, log });

  try {
    await assertReplicaSet(mongo.connection);
    await ensureIndexes(mongo.connection);
    if (endsSessionsOf) await checkSessions(mongo.connection, endsSessionsOf);
    return mongo;
  } catch (error) {
    await mongo.close();
    throw error;
  }
};
