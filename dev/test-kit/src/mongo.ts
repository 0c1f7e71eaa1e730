import { randomBytes } from 'node:crypto';
import { withDatabase } from '@latchkey/dev-stack';
import { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import type { SharedMongo } from './mongo-setup.ts';

/** The MongoDB of this run. Needs `mongo-setup.ts` as the workspace's global set-up. */
export const sharedMongo = (): SharedMongo => inject('mongo');

/** Which MongoDB the numbers and verdicts of this run are about; part of a suite's name. */
export const onMongo = (): string => `on ${sharedMongo().backend} MongoDB`;

/** A database of the test's own in the MongoDB of this run. */
export interface TestDatabase {
  readonly name: string;
  /** Connection string with the database's name. */
  readonly uri: string;
  /** Drops the database. */
  stop(): Promise<void>;
}

/** Names a database that nobody else uses. Nothing is written, so nothing is there before the test writes. */
export const testDatabase = (purpose: string): TestDatabase => {
  const name = `latchkey_${purpose}_${randomBytes(6).toString('hex')}`;
  const uri = withDatabase(sharedMongo().uri, name);

  return {
    name,
    uri,
    stop: async () => {
      const client = await MongoClient.connect(uri);
      try {
        await client.db().dropDatabase();
      } finally {
        await client.close();
      }
    },
  };
};
