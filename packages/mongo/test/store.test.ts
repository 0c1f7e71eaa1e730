import { describeStore } from '@latchkey/password-reset/testing/store-contract';
import type { mongo } from 'mongoose';
import { expect, it } from 'vitest';
import { hostCollection } from '../src/host/collections.ts';
import { createMongoStore } from '../src/index.ts';
import { modelsOf } from '../src/models.ts';
import { decodeUserId, encodeUserId } from '../src/user-id.ts';
import { backend, startTestMongo } from './support/backend.ts';
import { HOST } from './support/host.ts';
import { connectWatched } from './support/watched.ts';

const FIELDS = { address: 'email', passwordHash: 'passwordHash', active: 'active' } as const;

/** Everything that the store sent to the server while the contract was tried on it. */
let commands: readonly mongo.CommandStartedEvent[] = [];

describeStore(`the MongoDB store on ${backend}`, async () => {
  const { uri, connection, stop } = await startTestMongo();
  const watched = await connectWatched(uri);
  commands = watched.commands;
  const users = hostCollection(connection, HOST.users.collection);
  const sessions = hostCollection(connection, HOST.sessions.collection);
  const { ObjectId } = connection.base.mongo;

  return {
    store: createMongoStore({ connection: watched.connection, host: HOST }),
    addUser: async ({ address, passwordHash, active }) => {
      const _id = new ObjectId();
      await users.insertOne({ _id, email: address, passwordHash, active });
      return encodeUserId(_id);
    },
    changeUser: async (userId, change) => {
      const changed = Object.entries(change).map(([field, value]) => [
        FIELDS[field as keyof typeof FIELDS],
        value,
      ]);
      await users.updateOne({ _id: decodeUserId(userId) }, { $set: Object.fromEntries(changed) });
    },
    addSession: async (userId) => {
      await sessions.insertOne({ _id: new ObjectId(), userId: decodeUserId(userId) });
    },
    auditOf: async (requestId) => {
      const rows = await modelsOf(connection).audit.find({ requestId }).sort({ _id: 1 }).lean();
      return rows.map(({ outcome }) => outcome);
    },
    stop: async () => {
      await watched.close();
      await stop();
    },
  };
});

it('tells the server of every command outside a transaction when to stop', () => {
  const alone = commands.filter(({ command }) => command['autocommit'] !== false);
  const kinds = new Set(alone.map(({ commandName }) => commandName));
  const endless = alone.filter(({ command }) => typeof command['maxTimeMS'] !== 'number');

  expect([...kinds]).toEqual(expect.arrayContaining(['insert', 'find', 'update', 'findAndModify', 'delete']));
  expect([...new Set(endless.map(({ commandName }) => commandName))]).toEqual([]);
});
