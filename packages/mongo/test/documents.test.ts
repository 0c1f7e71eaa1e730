import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hostCollection } from '../src/host/collections.ts';
import { checkIndexes, createMongoStore, ensureIndexes } from '../src/index.ts';
import { modelsOf } from '../src/models.ts';
import { backend, startTestMongo, type TestMongo } from './support/backend.ts';
import { HOST } from './support/host.ts';
import { newRequest } from './support/requests.ts';

// Ahead of the server's clock, which removes rows by age.
const NOW = new Date('2100-01-05T10:00:00.000Z');
const LATER = new Date('2100-02-05T10:00:00.000Z');
const lease = { leaseId: 'lease', now: NOW, leaseUntil: LATER, dueAt: NOW };

describe(`what lies in the database, on ${backend}`, () => {
  let running: TestMongo;
  beforeAll(async () => {
    running = await startTestMongo();
  });
  afterAll(() => running?.stop());

  const store = () => createMongoStore({ connection: running.connection, host: HOST });
  const raw = (name: string, _id: string) => hostCollection(running.connection, name).findOne({ _id });
  const request = (requestId: string) => newRequest(requestId, NOW);

  it('has every index it needs after a first boot, and after a second', async () => {
    const { connection, stop } = await startTestMongo({ indexes: false });
    onTestFinished(stop);
    expect((await checkIndexes(connection)).length).toBeGreaterThan(0);

    await ensureIndexes(connection);
    await ensureIndexes(connection);
    expect(await checkIndexes(connection)).toEqual([]);
  });

  it('is told apart from an index that is there but differs', async () => {
    const tokens = modelsOf(running.connection).tokens.collection;
    await tokens.dropIndex('purgeAt_1');
    await tokens.createIndex({ purgeAt: 1 });

    expect(await checkIndexes(running.connection)).toEqual(['latchkey_tokens {"purgeAt":1}']);
    await tokens.dropIndex('purgeAt_1');
    await ensureIndexes(running.connection);
    expect(await checkIndexes(running.connection)).toEqual([]);
  });

  it('is removed by age only through purgeAt, and what is unsettled has an index of its own', async () => {
    const found: Record<string, unknown> = {};
    for (const { collection } of Object.values(modelsOf(running.connection))) {
      const indexes = await hostCollection(running.connection, collection.name).indexes();
      found[collection.name] = indexes
        .filter(({ name }) => name !== '_id_')
        .map(({ key, expireAfterSeconds, partialFilterExpression }) => ({
          ...key,
          ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
          ...(partialFilterExpression ? { of: partialFilterExpression } : {}),
        }));
    }

    const due = { dueAt: 1, of: { dueAt: { $exists: true } } };
    const expiring = { purgeAt: 1, expireAfterSeconds: 0 };
    expect(found).toEqual({
      latchkey_requests: [due, { identifierHmac: 1, acceptedAt: 1 }, expiring],
      latchkey_tokens: [{ userId: 1, expiresAt: 1 }, expiring],
      latchkey_deliveries: [due, { messageId: 1 }, expiring],
      latchkey_accounts: [],
      latchkey_audit: [{ at: 1 }, { userId: 1 }, { requestId: 1 }],
      latchkey_leases: [],
      latchkey_settings: [],
    });
  });

  it('holds no purgeAt for an unsettled request, and nothing personal for a settled one', async () => {
    const { requests } = store();
    await requests.accept(request('settled'));
    expect(await raw('latchkey_requests', 'settled')).toEqual({
      _id: 'settled',
      reference: 'R-0000-0000',
      identifierHmac: 'h',
      address: 'ada@example.com',
      overLimit: false,
      acceptedAt: NOW,
      dueAt: NOW,
      state: 'accepted',
      attemptsMade: 0,
    });

    await requests.claim({ requestId: 'settled', ...lease });
    const end = { state: 'no_account', reason: null, userId: null, purgeAt: LATER } as const;
    await requests.settle({ requestId: 'settled', leaseId: 'lease', ...end });
    expect(await raw('latchkey_requests', 'settled')).toEqual({
      _id: 'settled',
      reference: 'R-0000-0000',
      identifierHmac: 'h',
      overLimit: false,
      acceptedAt: NOW,
      state: 'no_account',
      attemptsMade: 1,
      purgeAt: LATER,
    });
  });

  it('holds the seed as bytes until the request is redeemed, and no trace of it then', async () => {
    const { requests } = store();
    const seed = new Uint8Array(16).fill(7);
    await requests.accept(request('seeded'));
    await requests.claim({ requestId: 'seeded', ...lease });
    const link = { userId: 's:ada', seed, kid: 'k1', dueAt: LATER };
    await requests.mint({ requestId: 'seeded', leaseId: 'lease', ...link });

    const minted = await raw('latchkey_requests', 'seeded');
    expect(minted).toMatchObject({ userId: 'ada', kid: 'k1', state: 'minted', dueAt: LATER });
    expect(minted).not.toHaveProperty('address');
    expect(minted).not.toHaveProperty('purgeAt');
    await requests.redeem({ requestId: 'seeded', purgeAt: LATER });
    const redeemed = await raw('latchkey_requests', 'seeded');
    expect(redeemed).toMatchObject({ state: 'redeemed', purgeAt: LATER });
    expect(redeemed).not.toHaveProperty('seed');
    expect(redeemed).not.toHaveProperty('dueAt');
  });

  it('keeps of an attempt what the log needs, whatever else a mailer reports', async () => {
    const { deliveries } = store();
    const deliveryId = 'talkative:password-reset';
    const requestId = 'talkative';
    const person = { userId: 's:ada', to: 'ada@example.com', maskedTo: 'a***', name: null, locale: null };
    const mail = { channel: 'email', kind: 'password-reset', date: NOW, boundary: 'b' } as const;
    const times = { occurredAt: NOW, deadline: LATER, dueAt: NOW, traceparent: null };
    await deliveries.insert({ deliveryId, requestId, ...person, ...mail, ...times });
    await deliveries.claim({ deliveryId, ...lease, messageId: '<m>', templateVersion: 1 });

    const result = {
      provider: 'smtp',
      phase: 'done',
      code: 250,
      enhancedCode: null,
      class: 'accepted',
      ms: 5,
    } as const;
    const attempt = { at: NOW, ...result, response: '250 queued for ada@example.com' };
    const end = { state: 'accepted', reason: null, purgeAt: LATER } as const;
    expect(await deliveries.settle({ deliveryId, leaseId: 'lease', ...end, attempt })).toBe(true);

    const stored = await raw('latchkey_deliveries', deliveryId);
    expect(stored?.['attempts']).toEqual([{ at: NOW, ...result }]);
    expect(JSON.stringify(stored)).not.toContain('ada@example.com');
  });

  it('refuses a field that no schema declares, in a row and in a condition [T-25]', async () => {
    const { requests } = modelsOf(running.connection);
    const row = { _id: 'x', reference: 'R', identifierHmac: 'h', overLimit: false, acceptedAt: NOW };
    const stray = { ...row, state: 'accepted', attemptsMade: 0, rawToken: 'secret' } as const;

    await expect(requests.insertOne(stray)).rejects.toThrow('rawToken');
    const accepted = { ...request('x'), rawToken: 'secret' };
    await expect(store().requests.accept(accepted)).rejects.toThrow('rawToken');
    const nameless = { ...request('x'), reference: null as unknown as string };
    await expect(store().requests.accept(nameless)).rejects.toThrow('reference');
    await expect(requests.findOne({ rawToken: 'secret' }).exec()).rejects.toThrow('rawToken');
    expect(await raw('latchkey_requests', 'x')).toBeNull();
  });

  // The stand-in refuses `explain`, so only a real server can answer this.
  it.skipIf(backend === 'embedded')('finds what is due through the partial index', async () => {
    for (const name of ['latchkey_requests', 'latchkey_deliveries']) {
      const plan = await hostCollection(running.connection, name)
        .find({ dueAt: { $exists: true, $lt: NOW } })
        .sort({ dueAt: 1 })
        .explain('queryPlanner');
      expect(JSON.stringify(plan)).toContain('"indexName":"dueAt_1"');
      expect(JSON.stringify(plan)).not.toMatch(/"stage":"(COLLSCAN|SORT)"/);
    }
  });
});
