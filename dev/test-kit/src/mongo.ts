import { randomBytes } from 'node:crypto';
import { withDatabase } from '@latchkey/dev-stack';
import { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import type { SharedMongo } from './mongo-setup.ts';

/** The MongoDB of this run. The workspace must have `mongo-setup.ts` as its global set-up. */
export const sharedMongo = (): SharedMongo => inject('mongo');

/** The kind of MongoDB in this run, as a part of the names of test suites. */
export const onMongo = (): string => `on ${sharedMongo().backend} MongoDB`;

/** A database in the MongoDB of this run that only one test file uses. */
export interface TestDatabase {
  readonly name: string;
  /** Connection string with the database's name. */
  readonly uri: string;
  /** Drops the database. */
  stop(): Promise<void>;
}

/** Chooses the name of a new database. It does not exist until the test writes to it. */
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
