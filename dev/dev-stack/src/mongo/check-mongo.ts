import { MongoClient } from 'mongodb';

/** The kind of server at a connection string. */
export interface MongoIdentity {
  readonly version: string;
  /** True for the stand-in of this repository, false for a real MongoDB. */
  readonly standIn: boolean;
}

/** Rejects if no MongoDB answers within 3 s. The error does not contain the connection string. */
export const checkMongo = async (uri: string): Promise<MongoIdentity> => {
  if (!/^mongodb(\+srv)?:\/\//.test(uri)) {
    throw new Error(
      'MONGODB_URI must be a mongodb:// or mongodb+srv:// address, such as mongodb://127.0.0.1:27017/app?replicaSet=rs0',
    );
  }
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3_000, connectTimeoutMS: 3_000 });
  try {
    const info = await client.db('admin').command({ buildInfo: 1 });
    return { version: String(info['version']), standIn: String(info['gitVersion']).startsWith('embedded') };
  } catch (cause) {
    throw new Error(
      'MONGODB_URI is set, but no MongoDB answers there. Start it, or unset MONGODB_URI to get one for development.',
      { cause },
    );
  } finally {
    await client.close();
  }
};
