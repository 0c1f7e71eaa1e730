import { UnavailableError } from '@latchkey/password-reset';
import { silentLog } from '@latchkey/runtime';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectMongo, createMongoStore } from '../src/index.ts';
import { backend, startTestMongo, type TestMongo } from './support/backend.ts';
import { HOST } from './support/host.ts';
import { newRequest } from './support/requests.ts';

const NOW = new Date('2026-01-05T10:00:00.000Z');
const LATER = new Date('2026-01-05T10:00:30.000Z');

describe(`rows that a killed worker's transaction still holds, on ${backend}`, () => {
  let running: TestMongo;
  let dead: mongo.MongoClient;
  beforeAll(async () => {
    running = await startTestMongo();
    dead = await mongo.MongoClient.connect(running.uri);
  });
  afterAll(async () => {
    await dead?.close();
    await running?.stop();
  });

  it('cost whoever wants them a deadline each, and nobody else a connection', async () => {
    const { connection, close } = await connectMongo({
      uri: running.uri,
      appName: 'latchkey-test',
      log: silentLog,
      maxPoolSize: 2,
    });
    const store = createMongoStore({ connection, host: HOST });
    const ids = ['held-1', 'held-2'];
    for (const requestId of ids) {
      await store.requests.accept(newRequest(requestId, NOW));
    }
    const session = dead.startSession();
    session.startTransaction();
    await dead
      .db()
      .collection<{ _id: string }>('latchkey_requests')
      .updateMany({ _id: { $in: ids } }, { $set: { state: 'claimed' } }, { session });
    const claim = (requestId: string, leaseId: string) =>
      store.requests.claim({ requestId, leaseId, now: NOW, leaseUntil: LATER, dueAt: LATER });

    const claims = await Promise.allSettled(ids.map((id) => claim(id, 'first')));
    for (const claimed of claims) {
      expect(claimed).toMatchObject({ status: 'rejected', reason: expect.any(UnavailableError) });
    }
    // Both connections of the pool were waiting; now they are back, or this would wait in vain.
    await store.requests.find('held-1');

    await session.abortTransaction();
    await session.endSession();
    expect(await claim('held-1', 'second')).toMatchObject({ state: 'claimed', leaseId: 'second' });
    await close();
  });
});
