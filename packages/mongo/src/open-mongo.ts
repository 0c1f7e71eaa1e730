import type { Log } from '@latchkey/runtime';
import type { HostCollections } from '@latchkey/settings';
import { connectMongo, type MongoConnection } from './connection.ts';
import { checkSessions } from './host/check-sessions.ts';
import { ensureIndexes } from './indexes.ts';
import { assertReplicaSet } from './replica-set.ts';

/**
 * A connection that the flow can run on: to a replica set, with Latchkey's collections and indexes in place. Closes it again when
 * the database cannot do what is needed of it. `endsSessionsOf`: the host whose sessions this process has to end.
 * @throws EngineError for a standalone server, ConfigError when no session could ever be ended.
 */
export const openMongo = async ({
  uri,
  appName,
  endsSessionsOf,
  log,
}: {
  readonly uri: string;
  /** As the server's log and profiler name this process. */
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
