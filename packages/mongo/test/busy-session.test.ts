import type { Sessions } from '@latchkey/password-reset';
import { createFlow } from '@latchkey/password-reset/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostCollection } from '../src/host/collections.ts';
import { createMongoStore } from '../src/index.ts';
import { backend, startTestMongo, type TestMongo } from './support/backend.ts';
import { HOST } from './support/host.ts';

const OLD_HASH = `$2b$10$${'a'.repeat(53)}`;

describe(`a thief who keeps the stolen session busy, on ${backend}`, () => {
  let running: TestMongo;
  beforeAll(async () => {
    running = await startTestMongo();
  });
  afterAll(() => running?.stop());

  it('cannot keep the owner from resetting: sessions end before anything else opens the snapshot', async () => {
    const { connection } = running;
    const sessions = hostCollection(connection, HOST.sessions.collection);
    await hostCollection(connection, HOST.users.collection).insertOne({
      _id: 'alice',
      email: 'alice@example.com',
      passwordHash: OLD_HASH,
    });
    await sessions.insertOne({ _id: 'stolen', userId: 'alice' });

    const real = createMongoStore({ connection, host: HOST });
    // Many session stores write "last seen" at every request of the host; here one arrives whenever it would hurt.
    const store: typeof real = {
      ...real,
      transaction: (work) =>
        real.transaction((tx) => {
          const revokeAll: Sessions['revokeAll'] = async (userId) => {
            await sessions.updateOne({ _id: 'stolen' }, { $set: { seenAt: new Date() } });
            return tx.sessions.revokeAll(userId);
          };
          return work({ ...tx, sessions: { revokeAll } });
        }),
    };
    const flow = createFlow(store);
    await flow.askAndDeliver('alice@example.com');

    expect(await flow.redeem(flow.lastToken(), 'a brand new passphrase')).toMatchObject({
      outcome: 'reset',
      sessionsRevoked: 1,
    });
    expect(await sessions.countDocuments()).toBe(0);
  });
});
