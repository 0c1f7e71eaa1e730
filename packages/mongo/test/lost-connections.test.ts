import { silentLog } from '@latchkey/runtime';
import { type MongoProxy, startMongoProxy } from '@latchkey/test-kit/mongo-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBytewise } from '../src/host/bytewise.ts';
import { hostCollection } from '../src/host/collections.ts';
import { connectMongo, ensureIndexes, type MongoConnection } from '../src/index.ts';
import { createRun, type Run } from '../src/operation.ts';
import { createRepositories } from '../src/repositories/repositories.ts';
import { createTransact, type Transact } from '../src/transaction.ts';
import { type ChildMongo, startChildMongo } from './support/child-mongo.ts';
import { HOST } from './support/host.ts';
import { newRequest } from './support/requests.ts';

const NOW = new Date('2100-01-05T10:00:00.000Z');
const LATER = new Date('2100-01-05T10:00:30.000Z');
/** Far longer than the product's own: what is looked at is what happens in time, not how fast this machine is. */
const LIMITS = { operationTimeoutMs: 20_000, transactionTimeoutMs: 40_000 };
const DROPS = 4;
const CALLERS = ['a', 'b', 'c', 'd'];

describe('a network that drops all connections over and over', () => {
  let server: ChildMongo;
  let proxy: MongoProxy;
  let mongo: MongoConnection;
  let transact: Transact;
  const repositories = (run: Run) =>
    createRepositories({
      connection: mongo.connection,
      host: HOST,
      run,
      bytewise: createBytewise(mongo.connection),
    });
  beforeAll(async () => {
    server = await startChildMongo();
    proxy = await startMongoProxy({ target: server.uri });
    mongo = await connectMongo({ uri: proxy.uri('outage'), appName: 'latchkey-test', log: silentLog });
    await ensureIndexes(mongo.connection);
    transact = createTransact({ connection: mongo.connection, ...LIMITS });
  });
  afterAll(async () => {
    await mongo?.close();
    await proxy?.stop();
    await server?.kill();
  });

  /**
   * Lets several callers do `work` over and over, and drops all connections whenever each of them has come through since the
   * last time; answers how often each did it, and what failed.
   */
  const whileDropping = async (work: (caller: string, round: number) => Promise<unknown>) => {
    let dropped = 0;
    const failed: unknown[] = [];
    const rounds: Record<string, number> = {};
    const through = new Set<string>();

    const loop = async (caller: string) => {
      for (let round = 0; dropped < DROPS && failed.length === 0; round += 1) {
        await work(caller, round).catch((error: unknown) => failed.push(error));
        rounds[caller] = round + 1;
        through.add(caller);
        if (through.size < CALLERS.length) continue;
        through.clear();
        dropped += 1;
        proxy.drop();
      }
    };
    await Promise.all(CALLERS.map(loop));
    return { failed, rounds };
  };

  it('no transaction fails, and each takes effect once', async () => {
    const { failed, rounds } = await whileDropping((caller) =>
      transact(async (run) => {
        const tx = repositories(run);
        await tx.accountLocks.lock(`s:${caller}`, NOW);
        await tx.tokens.find('something to read');
      }),
    );

    expect(failed).toEqual([]);
    for (const [_id, locks] of Object.entries(rounds)) {
      const row = await hostCollection(mongo.connection, 'latchkey_accounts').findOne({ _id: _id as never });
      expect(row).toMatchObject({ locks });
    }
  });

  it('no call that stands alone fails, and each is won by whoever made it', async () => {
    const lost: string[] = [];
    const { requests } = repositories(createRun(LIMITS.operationTimeoutMs));
    const { failed } = await whileDropping(async (caller, round) => {
      const requestId = `${caller} ${round}`;
      const leaseId = `lease of ${requestId}`;
      await requests.accept(newRequest(requestId, NOW));
      const claimed = await requests.claim({
        requestId,
        leaseId,
        now: NOW,
        leaseUntil: LATER,
        dueAt: NOW,
      });
      if (claimed?.attemptsMade !== 1) lost.push(requestId);
      if (!(await requests.defer({ requestId, leaseId, dueAt: LATER }))) lost.push(requestId);
    });

    expect(failed).toEqual([]);
    expect(lost).toEqual([]);
  });
});
