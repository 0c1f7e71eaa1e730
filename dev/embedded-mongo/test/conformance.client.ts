import { type Collection, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll } from 'vitest';
import type { Backend } from './conformance.backends.ts';

/** The `_id`s of this suite are numbers, so that expectations are short. */
export interface Row extends Document {
  _id: number;
}

/** A client of the backend with a database that only this test file uses. `fresh` empties a collection and fills it. */
export const useClient = (backend: Backend, name: string) => {
  const database = `conformance_${name}_${process.pid}`;
  let stop: (() => Promise<void>) | undefined;
  let client: MongoClient | undefined;

  beforeAll(async () => {
    const server = await backend.start();
    stop = server.stop;
    client = await MongoClient.connect(server.uri(database));
    await client.db(database).dropDatabase();
  });
  afterAll(async () => {
    await client?.db(database).dropDatabase();
    await client?.close();
    await stop?.();
  });

  const connected = (): MongoClient => {
    if (!client) throw new Error('not connected yet');
    return client;
  };
  const db = () => connected().db(database);
  return {
    client: connected,
    db,
    fresh: async (collection: string, docs: readonly Document[] = []): Promise<Collection<Row>> => {
      const rows = db().collection<Row>(collection);
      await rows.drop();
      if (docs.length > 0) await rows.insertMany(docs.map((doc, i) => ({ _id: i, ...doc })));
      return rows;
    },
  };
};
