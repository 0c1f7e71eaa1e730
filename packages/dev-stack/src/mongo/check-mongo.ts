import { MongoClient } from 'mongodb';

/** Rejects, without showing the connection string, when no MongoDB answers within 3 s. */
export const checkMongo = async (uri: string): Promise<void> => {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3_000, connectTimeoutMS: 3_000 });
  try {
    await client.db('admin').command({ ping: 1 });
  } catch (cause) {
    throw new Error(
      'MONGODB_URI is set, but no MongoDB answers there. Start it, or unset MONGODB_URI to get one for development.',
      { cause },
    );
  } finally {
    await client.close();
  }
};
