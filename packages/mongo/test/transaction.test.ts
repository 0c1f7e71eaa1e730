import { UnavailableError } from '@latchkey/password-reset';
import { mongo } from 'mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { hostCollection } from '../src/host/collections.ts';
import { createMongoStore } from '../src/index.ts';
import { createTransact } from '../src/transaction.ts';
import { backend, startTestMongo, type TestMongo } from './support/backend.ts';
import { HOST } from './support/host.ts';

const NOW = new Date('2026-01-05T10:00:00.000Z');

describe(`a transaction on ${backend}`, () => {
  let running: TestMongo;
  beforeAll(async () => {
    running = await startTestMongo();
  });
  afterAll(() => running?.stop());
  afterEach(() => vi.restoreAllMocks());

  const store = () => createMongoStore({ connection: running.connection, host: HOST });
  const lockRow = (_id: string) => hostCollection(running.connection, 'latchkey_accounts').findOne({ _id });

  it('shows nobody what it has not committed', async () => {
    await store().transaction(async (tx) => {
      await tx.accountLocks.lock('s:hidden', NOW);
      expect(await lockRow('hidden')).toBeNull();
    });
    expect(await lockRow('hidden')).toMatchObject({ locks: 1 });
  });

  it('reads one snapshot and commits to a majority’s journals', async () => {
    const client = running.connection.getClient();
    const startSession = client.startSession.bind(client);
    const started: unknown[] = [];
    vi.spyOn(client, 'startSession').mockImplementation((options) => {
      const session = startSession(options);
      const startTransaction = session.startTransaction.bind(session);
      vi.spyOn(session, 'startTransaction').mockImplementation((given) => {
        startTransaction(given);
        started.push(given);
      });
      return session;
    });

    await store().transaction(async (tx) => {
      const requestId = 'of the snapshot';
      const row = { reference: 'R', identifierHmac: 'h', address: 'a@example.com', overLimit: false };
      const unknown = { network: null, userAgent: null, locale: null, traceparent: null };
      expect(await tx.requests.find(requestId)).toBeUndefined();
      await store().requests.accept({ requestId, ...row, ...unknown, acceptedAt: NOW, dueAt: NOW });
      expect(await tx.requests.find(requestId)).toBeUndefined();
    });
    expect(started).toEqual([
      expect.objectContaining({
        readConcern: { level: 'snapshot' },
        writeConcern: expect.objectContaining({ w: 'majority', journal: true }),
        readPreference: 'primary',
      }),
    ]);
  });

  it('refuses calls that do not wait for each other', async () => {
    const careless = store().transaction((tx) =>
      Promise.all([tx.accountLocks.lock('s:one', NOW), tx.accountLocks.lock('s:two', NOW)]),
    );

    await expect(careless).rejects.toThrow('one after another');
    expect([await lockRow('one'), await lockRow('two')]).toEqual([null, null]);
  });

  it('repeats its work until it wins', async () => {
    let rounds = 0;
    await store().transaction(async (tx) => {
      rounds += 1;
      await tx.tokens.find('open the snapshot');
      // Another transaction commits the same row first, so this one's snapshot is too old to write it.
      if (rounds === 1) await store().transaction((other) => other.accountLocks.lock('s:won', NOW));
      await tx.accountLocks.lock('s:won', NOW);
    });

    expect(rounds).toBe(2);
    expect(await lockRow('won')).toMatchObject({ locks: 2 });
  });

  const labelled = (label: string): mongo.MongoError => {
    const error = new mongo.MongoNetworkError('connections were thrown away');
    error.addErrorLabel(label);
    return error;
  };

  it.each([
    ['a connection that cannot be made', new mongo.MongoNetworkError('connection closed')],
    ['a pool that was emptied', labelled('PoolRequestedRetry')],
    ['a primary that stepped down', new mongo.MongoServerError({ code: 10107 })],
    ['a socket that ended', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })],
  ])('is repeated after what the driver does not mark as transient: %s', async (_, error) => {
    const { connection } = running;
    const transact = createTransact({ connection, operationTimeoutMs: 2_500, transactionTimeoutMs: 10_000 });
    let rounds = 0;

    const done = await transact(async (run) => {
      rounds += 1;
      await run(async () => {
        if (rounds === 1) throw error;
      });
      return 'done';
    });
    expect({ done, rounds }).toEqual({ done: 'done', rounds: 2 });
  });

  it.each([
    ['a server that was not found', new mongo.MongoServerSelectionError('none', {} as never)],
    ['a server that sheds load', new mongo.MongoServerError({ errorLabels: ['SystemOverloadedError'] })],
    ['a mistake of ours', new mongo.MongoServerError({ code: 9 })],
  ])('is not repeated after %s', async (_, error) => {
    const { connection } = running;
    const transact = createTransact({ connection, operationTimeoutMs: 2_500, transactionTimeoutMs: 10_000 });
    let rounds = 0;

    const failing = transact((run) => {
      rounds += 1;
      return run(() => Promise.reject(error));
    });
    await expect(failing).rejects.toThrow();
    expect(rounds).toBe(1);
  });

  it('gives up as unavailable when it loses for too long', async () => {
    const { connection } = running;
    const transact = createTransact({ connection, operationTimeoutMs: 2_500, transactionTimeoutMs: 200 });
    let rounds = 0;

    const hopeless = transact(async () => {
      rounds += 1;
      throw new mongo.MongoServerError({ code: 112, errorLabels: ['TransientTransactionError'] });
    });

    await expect(hopeless).rejects.toBeInstanceOf(UnavailableError);
    expect(rounds).toBeGreaterThan(1);
  });

  it.each([
    ['as the driver marks it', 'UnknownTransactionCommitResult'],
    ['as the driver does not mark it', 'ResetPool'],
  ])(
    'asks again how a commit ended when the answer was lost, %s, and does its work once',
    async (_, label) => {
      const userId = `s:answered ${label}`;
      const client = running.connection.getClient();
      const startSession = client.startSession.bind(client);
      let commits = 0;
      vi.spyOn(client, 'startSession').mockImplementation((options) => {
        const session = startSession(options);
        const commit = session.commitTransaction.bind(session);
        vi.spyOn(session, 'commitTransaction').mockImplementation(async () => {
          commits += 1;
          await commit();
          if (commits > 1) return;
          throw labelled(label);
        });
        return session;
      });

      let rounds = 0;
      await store().transaction(async (tx) => {
        rounds += 1;
        await tx.accountLocks.lock(userId, NOW);
      });

      expect({ rounds, commits }).toEqual({ rounds: 1, commits: 2 });
      expect(await lockRow(userId.slice(2))).toMatchObject({ locks: 1 });
    },
  );

  it('stops asking how a commit ended, whatever the server answers', async () => {
    const client = running.connection.getClient();
    const startSession = client.startSession.bind(client);
    vi.spyOn(client, 'startSession').mockImplementation((options) => {
      const session = startSession(options);
      vi.spyOn(session, 'commitTransaction').mockImplementation(async () => {
        // A code that no list of ours knows, which a server may still mark as retryable.
        throw new mongo.MongoServerError({ code: 4242, errorLabels: ['UnknownTransactionCommitResult'] });
      });
      return session;
    });
    const { connection } = running;
    const transact = createTransact({ connection, operationTimeoutMs: 300, transactionTimeoutMs: 600 });

    await expect(transact(async () => 'done')).rejects.toBeInstanceOf(UnavailableError);
  });

  it('leaves no session behind, however it ends', async () => {
    const ended: boolean[] = [];
    const client = running.connection.getClient();
    const startSession = client.startSession.bind(client);
    vi.spyOn(client, 'startSession').mockImplementation((options) => {
      const session = startSession(options);
      session.once('ended', () => ended.push(true));
      return session;
    });

    await store().transaction((tx) => tx.accountLocks.lock('s:fine', NOW));
    await store()
      .transaction(() => Promise.reject(new Error('no')))
      .catch(() => {});
    expect(ended).toEqual([true, true]);
  });
});
