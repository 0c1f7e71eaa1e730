import { createIdentifiers } from '@latchkey/password-reset';
import { createBreaker, createRedisConnection } from '@latchkey/queue';
import { type RedisControl, startRedisControl } from '@latchkey/test-kit/redis-control';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClientOf } from '../src/client/networks.ts';
import { createLimits } from '../src/rate-limit/limits.ts';
import { limitPolicies } from '../src/rate-limit/policies.ts';

const HOUR = 3_600_000;
const identifiers = createIdentifiers({ key: new Uint8Array(32) });
const clientOf = createClientOf({ storage: 'hmac', identifiers });
const POLICIES = limitPolicies({
  LIMIT_REQUEST_PER_NETWORK: { points: 2, durationMs: HOUR },
  LIMIT_REQUEST_PER_ACCOUNT: { points: 3, durationMs: HOUR },
  LIMIT_REDEEM_PER_NETWORK: { points: 1, durationMs: HOUR },
});

let redis: RedisControl;
beforeAll(async () => {
  redis = await startRedisControl();
});
afterAll(() => redis.stop());

const createInstance = (policies = POLICIES, timeoutMs = 250) => {
  const connection = createRedisConnection({ redisUrl: redis.url, role: 'producer', name: 'limiter' });
  const insured: string[] = [];
  const limits = createLimits({
    policies,
    redis: connection,
    // The pause is long, so that the speed of the machine does not decide whether the breaker is open.
    breaker: createBreaker({ timeoutMs, trialAfterMs: [60_000] }),
    keyPrefix: 'test',
    onFallback: (name) => insured.push(name),
  });
  const ready = () =>
    new Promise<void>((resolve) => {
      if (connection.status === 'ready') resolve();
      else connection.once('ready', () => resolve());
    });

  return { ...limits, connection, insured, ready };
};

let one: ReturnType<typeof createInstance>;
beforeEach(async () => {
  one = createInstance();
  await one.ready();
  await one.connection.flushall();
});
afterEach(() => one.connection.disconnect());

describe('the limit per network', () => {
  it('is told when its limit is reached, with how long to wait [T-07]', async () => {
    const verdicts = [];
    for (let i = 0; i < 3; i += 1) verdicts.push(await one.request.network(clientOf('203.0.113.7')));

    expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, true, false]);
    expect(verdicts[2]).toMatchObject({ retryAfterMs: expect.any(Number) });
    const { retryAfterMs } = verdicts[2] as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(HOUR - 60_000);
    expect(retryAfterMs).toBeLessThanOrEqual(HOUR);
  });

  it('is one for all processes', async () => {
    const other = createInstance();
    await other.ready();
    await one.request.network(clientOf('203.0.113.7'));
    await other.request.network(clientOf('203.0.113.7'));

    expect(await one.request.network(clientOf('203.0.113.7'))).toMatchObject({ allowed: false });
    other.connection.disconnect();
  });

  it('is one for a whole IPv6 /64, and holds for a /48 at ten times the points [T-07]', async () => {
    const allowed = async (client: string) => (await one.request.network(clientOf(client))).allowed;

    expect([await allowed('2001:db8:0:1:0:0:0:1'), await allowed('2001:db8:0:1:ffff:0:0:2')]).toEqual([
      true,
      true,
    ]);
    expect(await allowed('2001:db8:0:1:0:0:0:3')).toBe(false);
    for (let i = 2; i < 20; i += 1) expect(await allowed(`2001:db8:0:${i.toString(16)}:0:0:0:1`)).toBe(true);
    expect(await allowed('2001:db8:0:aaaa:0:0:0:1')).toBe(false);
    expect(await allowed('2001:db8:1:1:0:0:0:1')).toBe(true);
  });

  it('lets one IPv6 /64 that goes on asking use up nothing of its neighbours in the /48', async () => {
    for (let i = 0; i < 30; i += 1) await one.request.network(clientOf('2001:db8:0:1:0:0:0:1'));

    expect(await one.request.network(clientOf('2001:db8:0:2:0:0:0:1'))).toEqual({ allowed: true });
  });

  it('is counted apart for asking and for invalid tokens', async () => {
    expect(await one.redeem.network(clientOf('203.0.113.7'))).toEqual({ allowed: true });
    expect(await one.redeem.network(clientOf('203.0.113.7'))).toMatchObject({ allowed: false });
    expect(await one.request.network(clientOf('203.0.113.7'))).toEqual({ allowed: true });
  });

  it('asks Redis no more once its limit is reached', async () => {
    for (let i = 0; i < 3; i += 1) await one.request.network(clientOf('203.0.113.7'));
    await one.connection.flushall();

    expect(await one.request.network(clientOf('203.0.113.7'))).toMatchObject({ allowed: false });
    expect(await one.connection.dbsize()).toBe(0);
  });

  it('stays at its limit when Redis goes away', async () => {
    for (let i = 0; i < 3; i += 1) await one.request.network(clientOf('203.0.113.7'));
    one.connection.disconnect();

    expect(await one.request.network(clientOf('203.0.113.7'))).toMatchObject({ allowed: false });
    expect(await one.request.network(clientOf('203.0.113.8'))).toEqual({ allowed: true });
    expect(one.insured).toEqual(['request-network']);
  });
});

describe('the limit per account', () => {
  it('is a verdict, and asks Redis the same way over the limit as under it [T-06]', async () => {
    const verdicts = [];
    for (let i = 0; i < 4; i += 1) verdicts.push(await one.request.account('a'.repeat(64)));
    expect(verdicts.map(({ overLimit }) => overLimit)).toEqual([false, false, false, true]);

    await one.connection.flushall();
    expect(await one.request.account('a'.repeat(64))).toEqual({ overLimit: false });
  });
});

it("the limiter leaves nobody's address in Redis, and nothing there for ever", async () => {
  // A busy machine may take longer than the usual 250 ms, and the limiter would then count without Redis.
  const patient = createInstance(POLICIES, 60_000);
  await patient.ready();
  await patient.request.network(clientOf('203.0.113.7'));
  await patient.request.network(clientOf('2001:db8:0:1:0:0:0:1'));
  const keys = await one.connection.keys('*');
  patient.connection.disconnect();

  expect(keys).toHaveLength(3);
  for (const key of keys) {
    expect(key).toMatch(/^test:limit:request-network(-48)?:[0-9a-f]{64}$/);
    expect(await one.connection.ttl(key)).toBeGreaterThan(0);
  }
});

it('a limit that is off lets everybody through, and asks nobody', async () => {
  const off = createInstance(
    limitPolicies({
      LIMIT_REQUEST_PER_NETWORK: 'off',
      LIMIT_REQUEST_PER_ACCOUNT: 'off',
      LIMIT_REDEEM_PER_NETWORK: 'off',
    }),
  );
  await off.ready();
  for (let i = 0; i < 20; i += 1)
    expect(await off.request.network(clientOf('203.0.113.7'))).toEqual({ allowed: true });

  expect(await off.request.account('a')).toEqual({ overLimit: false });
  expect(await off.connection.dbsize()).toBe(0);
  off.connection.disconnect();
});

describe('the limiter without Redis', () => {
  it('counts in process, for a Redis that was never there', async () => {
    const lost = createInstance();
    lost.connection.disconnect();
    const verdicts = [];
    for (let i = 0; i < 3; i += 1)
      verdicts.push((await lost.request.network(clientOf('203.0.113.7'))).allowed);

    expect(verdicts).toEqual([true, true, false]);
    expect(lost.insured).toEqual(['request-network', 'request-network', 'request-network']);
  });

  it('keeps the counts of those who asked last only, so that ever new networks cannot fill the memory', async () => {
    const lost = createInstance();
    lost.connection.disconnect();
    const overLimit = async (key: string) => (await lost.request.account(key)).overLimit;
    for (let i = 0; i < 4; i += 1) await overLimit('asked long ago');
    for (let i = 0; i < 4; i += 1) await overLimit('asked in between');

    for (let i = 0; i < 30_000; i += 1) await overLimit(`stranger ${i}`);
    expect(await overLimit('asked in between')).toBe(true);
    for (let i = 30_000; i < 60_000; i += 1) await overLimit(`stranger ${i}`);

    expect(await overLimit('asked in between')).toBe(true);
    expect(await overLimit('asked long ago')).toBe(false);
  });

  it('waits for a frozen Redis once, not once per request', async () => {
    redis.freeze();
    try {
      const verdicts = [];
      const times = [];
      for (let i = 0; i < 20; i += 1) {
        const startedAt = performance.now();
        verdicts.push(await one.request.account(String(i)));
        times.push(performance.now() - startedAt);
      }
      const [waitedMs = 0, ...later] = times;

      expect(verdicts.every(({ overLimit }) => !overLimit)).toBe(true);
      expect(one.insured).toHaveLength(20);
      // Without a breaker eight calls wait, until the connection is given up. With one, only a trial now and then waits.
      expect(later.filter((ms) => ms > waitedMs / 2).length).toBeLessThan(5);
    } finally {
      redis.thaw();
    }
  });
});
