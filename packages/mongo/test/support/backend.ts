import { randomBytes } from 'node:crypto';
import { startEmbeddedMongo } from '@latchkey/embedded-mongo';
import type { Connection } from 'mongoose';
import { connectMongo, ensureIndexes } from '../../src/index.ts';

const quiet = { info: () => {}, warn: () => {} };

/** `mongod` when these tests run on a real server: MONGODB_URI names one, and MONGO_BACKEND does not say otherwise. */
export const backend = ((): 'mongod' | 'embedded' => {
  const wanted = process.env['MONGO_BACKEND'] ?? 'auto';
  if (wanted === 'mongod' && !process.env['MONGODB_URI']) {
    throw new Error('MONGO_BACKEND=mongod, but MONGODB_URI names no server to test on');
  }
  return wanted !== 'embedded' && process.env['MONGODB_URI'] ? 'mongod' : 'embedded';
})();

export interface TestMongo {
  readonly uri: string;
  readonly connection: Connection;
  stop(): Promise<void>;
}

const startServer = async (): Promise<{ uri: string; stop: () => Promise<void> }> => {
  const database = `latchkey_test_${randomBytes(6).toString('hex')}`;
  if (backend === 'mongod') {
    const uri = String(process.env['MONGODB_URI']).replace(/^([^/]+\/\/[^/?]+)(\/[^?]*)?/, `$1/${database}`);
    return { uri, stop: async () => {} };
  }
  const server = await startEmbeddedMongo();
  return { uri: server.uri(database), stop: () => server.stop() };
};

/** A database of its own with Latchkey's indexes, gone when stopped. */
export const startTestMongo = async ({ indexes = true } = {}): Promise<TestMongo> => {
  const server = await startServer();
  const { connection, close } = await connectMongo({ uri: server.uri, appName: 'latchkey-test', log: quiet });
  if (indexes) await ensureIndexes(connection);

  return {
    uri: server.uri,
    connection,
    stop: async () => {
      await connection.dropDatabase();
      await close();
      await server.stop();
    },
  };
};
