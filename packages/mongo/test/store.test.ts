import { describeStore, type StoreHarness } from '@latchkey/password-reset/testing/store-contract';
import type { mongo } from 'mongoose';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { hostCollection } from '../src/host/collections.ts';
import { createMongoStore } from '../src/index.ts';
import { modelsOf } from '../src/models.ts';
import { decodeUserId, encodeUserId } from '../src/user-id.ts';
import { backend, startTestMongo } from './support/backend.ts';
import { HOST } from './support/host.ts';
import { PATIENT } from './support/patient.ts';
import { newRequest } from './support/requests.ts';
import { connectWatched } from './support/watched.ts';

const FIELDS = { address: 'email', passwordHash: 'passwordHash', active: 'active' } as const;

/** Everything that stores sent to the server. */
const watchedCommands: (readonly mongo.CommandStartedEvent[])[] = [];
/** Inside a transaction it is the transaction that has a deadline. */
const alone = () => watchedCommands.flat().filter(({ command }) => command['autocommit'] !== false);
const namesOf = (commands: readonly mongo.CommandStartedEvent[]) => [
  ...new Set(commands.map(({ commandName }) => commandName)),
];

/** Whatever test of the contract ran. */
afterEach(() => {
  expect(namesOf(alone().filter(({ command }) => typeof command['maxTimeMS'] !== 'number'))).toEqual([]);
});

const start = async (): Promise<StoreHarness> => {
  const { uri, connection, stop } = await startTestMongo();
  const watched = await connectWatched(uri);
  watchedCommands.push(watched.commands);
  const users = hostCollection(connection, HOST.users.collection);
  const sessions = hostCollection(connection, HOST.sessions.collection);
  const { ObjectId } = connection.base.mongo;

  return {
    store: createMongoStore({ connection: watched.connection, host: HOST, limits: PATIENT }),
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
};

describeStore(`the MongoDB store on ${backend}`, start);

it('the store tells the server of every command outside a transaction when to stop', async () => {
  const { store, stop } = await start();
  onTestFinished(stop);
  const at = new Date('2100-01-05T10:00:00.000Z');
  const lease = { leaseId: 'lease', now: at, leaseUntil: at, dueAt: at };
  await store.requests.accept(newRequest('x', at));
  await store.requests.claim({ requestId: 'x', ...lease });
  await store.requests.defer({ requestId: 'x', leaseId: 'lease', dueAt: at });
  await store.requests.find('x');
  await store.sessions.revokeAll('s:ada');

  const sent = namesOf(alone());
  expect(sent).toEqual(expect.arrayContaining(['insert', 'findAndModify', 'update', 'find', 'delete']));
});
