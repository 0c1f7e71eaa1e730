import { silentLog } from '@latchkey/runtime';
import { sharedMongo, testDatabase } from '@latchkey/test-kit/mongo';
import type { Connection } from 'mongoose';
import { connectMongo, ensureIndexes } from '../../src/index.ts';

/** What these tests run on; part of their names. */
export const backend: 'mongod' | 'embedded' = sharedMongo().standIn ? 'embedded' : 'mongod';

export interface TestMongo {
  readonly uri: string;
  readonly connection: Connection;
  stop(): Promise<void>;
}

/** A database of its own with Latchkey's indexes, gone when stopped. */
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
