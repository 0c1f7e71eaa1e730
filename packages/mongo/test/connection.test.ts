import { UnavailableError } from '@latchkey/password-reset';
import { silentLog } from '@latchkey/runtime';
import { beforeTimer } from '@latchkey/test-kit/until';
import { afterEach, describe, expect, it } from 'vitest';
import { connectMongo, createMongoStore, ensureIndexes } from '../src/index.ts';
import { type ChildMongo, startChildMongo } from './support/child-mongo.ts';
import { HOST } from './support/host.ts';
import { newRequest } from './support/requests.ts';

const NOW = new Date('2026-01-05T10:00:00.000Z');
/** What the contract promises of an API without its database. */
const PROMISED_MS = 3_000;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const startServer = async (port?: number): Promise<ChildMongo> => {
  const server = await startChildMongo(port);
  stops.push(server.kill);
  return server;
};

const connect = async (uri: string, options: { maxPoolSize?: number } = {}) => {
  const mongo = await connectMongo({ uri, appName: 'latchkey-test', log: silentLog, ...options });
  stops.push(mongo.close);
  return mongo;
};

const start = async (options?: { maxPoolSize?: number }) => {
  const server = await startServer();
  const mongo = await connect(server.uri, options);
  await ensureIndexes(mongo.connection);
  return { server, mongo, store: createMongoStore({ connection: mongo.connection, host: HOST }) };
};

let count = 0;
const request = () => {
  count += 1;
  return newRequest(`request-${count}`, NOW);
};

const expectUnavailableInTime = (work: () => Promise<unknown>): Promise<void> =>
  expect(beforeTimer(PROMISED_MS, work)).rejects.toBeInstanceOf(UnavailableError);

/** Until the driver has noticed that the server answers again. */
const untilBack = async (work: () => Promise<unknown>): Promise<void> => {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
    }
  }
};

describe('a connection', () => {
  it('writes with majority and reads from the primary, whatever the URI says', async () => {
    const server = await startServer();
    const weakened = [
      'w=1',
      'journal=false',
      'wtimeoutMS=1',
      'readPreference=secondaryPreferred',
      'maxStalenessSeconds=120',
      'readPreferenceTags=dc:ny',
      'readConcernLevel=available',
      'retryWrites=false',
      'serverSelectionTimeoutMS=60000',
      'appName=other',
      'maxPoolSize=7',
    ];
    const { connection } = await connect(
      `${server.uri}${server.uri.includes('?') ? '&' : '?'}${weakened.join('&')}`,
    );

    const { options } = connection.getClient();
    expect(options.writeConcern).toMatchObject({ w: 'majority', journal: true, wtimeoutMS: 2_000 });
    expect(options.readPreference.mode).toBe('primary');
    expect(options.readConcern).toMatchObject({ level: 'local' });
    expect(options.retryWrites).toBe(true);
    expect(options.serverSelectionTimeoutMS).toBe(2_000);
    expect(options.appName).toBe('latchkey-test');
    expect(options.maxPoolSize).toBe(7);
  });

  it('is one of its own, not the one that mongoose shares', async () => {
    const { mongo } = await start();
    expect(mongo.connection).not.toBe(mongo.connection.base.connection);
    expect(mongo.connection.base.connection.readyState).toBe(0);
  });

  it('is refused in time when nothing listens, or nothing answers', async () => {
    const server = await startServer();
    server.freeze();
    await expectUnavailableInTime(() =>
      connectMongo({ uri: server.uri, appName: 'latchkey-test', log: silentLog }),
    );
    await server.kill();
    await expectUnavailableInTime(() =>
      connectMongo({ uri: server.uri, appName: 'latchkey-test', log: silentLog }),
    );
  });
});

describe('without MongoDB', () => {
  it('every call fails in time when the server is killed, and works again when it is back', async () => {
    const { server, mongo, store } = await start();
    const port = Number(new URL(server.uri).port);
    await server.kill();

    await Promise.all([
      expectUnavailableInTime(() => store.requests.accept(request())),
      expectUnavailableInTime(() => store.requests.find('x')),
      expectUnavailableInTime(() => store.transaction((tx) => tx.accountLocks.lock('s:ada', NOW))),
      expectUnavailableInTime(() => store.leases.hold({ name: 'x', owner: 'y', now: NOW, until: NOW })),
      expectUnavailableInTime(() => mongo.ping()),
    ]);

    await startServer(port);
    await untilBack(() => store.requests.accept(request()));
    await mongo.ping();
  });

  it('every call fails in time while the server is frozen, with a small pool too, and works again when it thaws', async () => {
    const { server, mongo, store } = await start({ maxPoolSize: 2 });
    server.freeze();

    const everything = () =>
      Promise.all([
        ...Array.from({ length: 10 }, () => expectUnavailableInTime(() => store.requests.accept(request()))),
        expectUnavailableInTime(() => store.users.findByAddress('ada@example.com')),
        expectUnavailableInTime(() => store.transaction((tx) => tx.accountLocks.lock('s:ada', NOW))),
        expectUnavailableInTime(() => mongo.ping()),
      ]);
    // First on sockets that are open and silent, then, once the driver has noticed, on none.
    await everything();
    await everything();

    server.thaw();
    await untilBack(() => store.requests.accept(request()));
    await store.transaction((tx) => tx.accountLocks.lock('s:ada', NOW));
  });

  it('a transaction that is under way fails in time, and holds nothing when the server thaws', async () => {
    const { server, store } = await start();
    await expectUnavailableInTime(() =>
      store.transaction(async (tx) => {
        await tx.accountLocks.lock('s:ada', NOW);
        server.freeze();
        await tx.tokens.find('x');
      }),
    );

    server.thaw();
    await untilBack(() => store.transaction((tx) => tx.accountLocks.lock('s:ada', NOW)));
  });

  it('a frozen server does not keep the connection from closing', async () => {
    const { server, mongo, store } = await start();
    server.freeze();
    await expectUnavailableInTime(() => store.requests.find('x'));

    await beforeTimer(PROMISED_MS, () => mongo.close());
  });
});
