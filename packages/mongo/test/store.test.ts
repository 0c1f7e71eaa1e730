import { describeStore } from '@latchkey/password-reset/testing/store-contract';
import { createMongoStore } from '../src/index.ts';
import { modelsOf } from '../src/models.ts';
import { hostCollection } from '../src/repositories.ts';
import { decodeUserId, encodeUserId } from '../src/user-id.ts';
import { backend, startTestMongo } from './support/backend.ts';
import { HOST } from './support/host.ts';

const FIELDS = { address: 'email', passwordHash: 'passwordHash', active: 'active' } as const;

describeStore(`the MongoDB store on ${backend}`, async () => {
  const { connection, stop } = await startTestMongo();
  const users = hostCollection(connection, HOST.users.collection);
  const sessions = hostCollection(connection, HOST.sessions.collection);
  const { ObjectId } = connection.base.mongo;

  return {
    store: createMongoStore({ connection, host: HOST }),
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
    stop,
  };
});
