import type { AuditEvent } from '@latchkey/password-reset';
import { describeFlow, type HostUser } from '@latchkey/password-reset/testing/flow-suite';
import { hostCollection } from '../src/host/collections.ts';
import { createMongoStore } from '../src/index.ts';
import { modelsOf } from '../src/models.ts';
import { decodeUserId, encodeUserId } from '../src/user-id.ts';
import { backend, startTestMongo } from './support/backend.ts';
import { HOST } from './support/host.ts';
import { PATIENT } from './support/patient.ts';

describeFlow(`MongoDB (${backend})`, async () => {
  const { connection, stop } = await startTestMongo();
  const users = hostCollection(connection, HOST.users.collection);
  const sessions = hostCollection(connection, HOST.sessions.collection);
  const { ObjectId } = connection.base.mongo;
  const fieldsOf = ({ address, ...fields }: Partial<HostUser>) =>
    Object.fromEntries(
      Object.entries({ email: address, ...fields }).filter(([, value]) => value !== undefined),
    );

  return {
    store: createMongoStore({ connection, host: HOST, limits: PATIENT }),
    addUser: async (user) => {
      const _id = new ObjectId();
      await users.insertOne({ _id, ...fieldsOf(user) });
      return encodeUserId(_id);
    },
    changeUser: async (userId, changes) => {
      await users.updateOne({ _id: decodeUserId(userId) }, { $set: fieldsOf(changes) });
    },
    removeUser: async (userId) => {
      await users.deleteOne({ _id: decodeUserId(userId) });
    },
    addSession: async (userId) => {
      await sessions.insertOne({ _id: new ObjectId(), userId: decodeUserId(userId) });
    },
    sessionCount: (userId) => sessions.countDocuments({ userId: decodeUserId(userId) }),
    audit: async () => {
      const rows = await modelsOf(connection).audit.find().sort({ _id: 1 }).lean();
      return rows.map(
        ({ event, at, requestId, userId, network, userAgent, outcome }): AuditEvent => ({
          event,
          at,
          requestId: requestId ?? null,
          userId: userId === undefined ? null : encodeUserId(userId),
          network: network ?? null,
          userAgent: userAgent ?? null,
          outcome,
        }),
      );
    },
    close: stop,
  };
});
