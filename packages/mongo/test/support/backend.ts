import { sharedMongo, testDatabase } from '@latchkey/test-kit/mongo';
import type { Connection } from 'mongoose';
import { ensureIndexes } from '../../src/index.ts';
import { connectPatiently } from './patient.ts';

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
  const { connection, close } = await connectPatiently(database.uri);
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
