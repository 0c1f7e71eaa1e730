import { randomBytes } from 'node:crypto';
import { type RunningApp, startApp } from '@latchkey/dev-stack';
import { createClient } from '@latchkey/test-kit/graphql';
import { testDatabase } from '@latchkey/test-kit/mongo';
import { startMongoProxy } from '@latchkey/test-kit/mongo-proxy';
import { type RedisControl, startRedisControl } from '@latchkey/test-kit/redis-control';
import { until } from '@latchkey/test-kit/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const database = testDatabase('api');
let redis: RedisControl;
beforeAll(async () => {
  redis = await startRedisControl();
});
afterAll(() => Promise.all([database.stop(), redis.stop()]));

const environment = (): Record<string, string> => ({
  NODE_ENV: 'production',
  MONGODB_URI: database.uri,
  REDIS_URL: redis.url,
  IDENTIFIER_HMAC_KEY: randomBytes(32).toString('base64'),
  SESSIONS_COLLECTION: 'sessions',
  LIMIT_REQUEST_PER_NETWORK: 'off',
});

const ask = async (app: RunningApp) =>
  (await createClient(app.url).request({ email: 'bob@example.com' })).result.__typename;
const readiness = async (app: RunningApp) => {
  const response = await fetch(`${app.url}/health/ready`);

  return { status: response.status, body: (await response.json()) as unknown };
};

describe('the process', () => {
  it('says everything that is wrong with its configuration and ends with 78', async () => {
    const app = await startApp('api', {
      env: { NODE_ENV: 'production', MONGODB_URI: 'hunter2', PORT: '1', METRICS_PORT: '2', BCRYPT_COST: '4' },
      awaitReady: false,
    });
    const { code } = await app.exited;

    expect(code).toBe(78);
    for (const name of [
      'MONGODB_URI',
      'REDIS_URL',
      'IDENTIFIER_HMAC_KEY',
      'SESSIONS_COLLECTION',
      'BCRYPT_COST',
    ]) {
      expect(app.lines().filter((line) => line.trim().startsWith(name))).toHaveLength(1);
    }
    expect(app.lines().join('\n')).not.toContain('hunter2');
  });

  it('goes on without Redis, says so, and recovers by itself', async () => {
    const own = await startRedisControl();
    const app = await startApp('api', { env: { ...environment(), REDIS_URL: own.url } });
    expect(await readiness(app)).toEqual({
      status: 200,
      body: { status: 'ok', checks: { mongo: 'ok', redis: 'ok' } },
    });

    await own.stop();
    expect(await ask(app)).toBe('PasswordResetRequested');
    await until('it calls itself degraded', async () =>
      JSON.stringify(await readiness(app)).includes('"degraded"'),
    );
    expect((await readiness(app)).status).toBe(200);
    expect(await (await fetch(app.metricsUrl)).text()).toMatch(
      /latchkey_limiter_fallback_total\{policy="request-account"\} [1-9]/,
    );

    await own.restart();
    await until('it has recovered', async () =>
      JSON.stringify(await readiness(app)).includes('"status":"ok"'),
    );
    expect((await app.stop()).code).toBe(0);
    await own.stop();
  });

  it('answers SERVICE_UNAVAILABLE and is not ready while its database is away', async () => {
    const proxy = await startMongoProxy({ target: database.uri });
    const app = await startApp('api', { env: { ...environment(), MONGODB_URI: proxy.uri(database.name) } });

    proxy.cut();
    expect(await ask(app)).toBe('ServiceUnavailableError');
    await until('it is not ready', async () => (await readiness(app)).status === 503);
    expect((await app.stop()).code).toBe(0);
    await proxy.stop();
  });

  it('finishes what runs when it is told to stop', async () => {
    // The proxy forwards everything to the database, and holds the insert back after `hold` was called.
    const proxy = await startMongoProxy({ target: database.uri });
    const app = await startApp('api', { env: { ...environment(), MONGODB_URI: proxy.uri(database.name) } });
    await ask(app);

    const held = proxy.hold(({ insert }) => insert === 'latchkey_requests');
    const answer = ask(app);
    await held.arrived;
    const stopped = app.stop();
    await app.waitForLine((line) => line.includes('"stopping"'));
    held.release();

    expect(await answer).toBe('PasswordResetRequested');
    expect((await stopped).code).toBe(0);
    await proxy.stop();
  });
});
