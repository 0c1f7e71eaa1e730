import { silentLog } from '@latchkey/runtime';
import { sharedMongo, testDatabase } from '@latchkey/test-kit/mongo';
import { PATIENCE_MS } from '@latchkey/test-kit/until';
import type { Connection } from 'mongoose';
import { connectMongo, ensureIndexes } from '../../src/index.ts';

/** For tests that look at what is done, not at how long it may take: a busy machine is no database that is away. */
export const PATIENT = { operationTimeoutMs: PATIENCE_MS, transactionTimeoutMs: PATIENCE_MS };

/** The MongoDB that these tests run on. Test names contain it. */
export const backend: 'mongod' | 'embedded' = sharedMongo().standIn ? 'embedded' : 'mongod';

export interface TestMongo {
  readonly uri: string;
  readonly connection: Connection;
  stop(): Promise<void>;
}

/** Opens a new database with Latchkey's indexes. `stop` deletes it. */
export const startTestMongo = async ({ indexes = true } = {}): Promise<TestMongo> => {
  const database = testDatabase('store');
  const { connection, close } = await connectMongo({
    uri: database.uri,
    appName: 'latchkey-test',
    log: silentLog,
  });
  if (indexes) await ensureIndexes(connection);

  return {
    uri: database.uri,
    connection,
    stop: async () => {
      await close();
      await database.stop();
    },
  };
};
