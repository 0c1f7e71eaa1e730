import { randomBytes } from 'node:crypto';
import { startEmbeddedMongo } from '@latchkey/embedded-mongo';
import { type Connection, mongo } from 'mongoose';
import { connectMongo, ensureIndexes } from '../../src/index.ts';

const quiet = { info: () => {}, warn: () => {} };

/** The stand-in says what it is, so that a MONGODB_URI that leads to it is not taken for the real thing. */
const isStandIn = async (uri: string): Promise<boolean> => {
  const client = new mongo.MongoClient(uri, { serverSelectionTimeoutMS: 5_000 });
  try {
    const { gitVersion } = await client.db('admin').command({ buildInfo: 1 });
    return String(gitVersion).startsWith('embedded');
  } finally {
    await client.close();
  }
};

const given = process.env['MONGO_BACKEND'] === 'embedded' ? undefined : process.env['MONGODB_URI'];

/** What these tests run on: the server that MONGODB_URI names, else the stand-in. MONGO_BACKEND is strict. */
export const backend: 'mongod' | 'embedded' = given && !(await isStandIn(given)) ? 'mongod' : 'embedded';
if (process.env['MONGO_BACKEND'] === 'mongod' && backend !== 'mongod') {
  throw new Error('MONGO_BACKEND=mongod, but MONGODB_URI names no MongoDB to test on');
}

export interface TestMongo {
  readonly uri: string;
  readonly connection: Connection;
  stop(): Promise<void>;
}

const startServer = async (): Promise<{ uri: string; stop: () => Promise<void> }> => {
  const database = `latchkey_test_${randomBytes(6).toString('hex')}`;
  if (given) {
    const uri = given.replace(/^([^/]+\/\/[^/?]+)(\/[^?]*)?/, `$1/${database}`);
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
