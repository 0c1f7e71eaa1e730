import { afterEach, describe, expect, it } from 'vitest';
import type { RunningServer } from '../http/http-server.ts';
import { createHealth, type HealthCheck } from './health.ts';
import { startHealthServer } from './health-server.ts';

let server: RunningServer | undefined;
afterEach(() => server?.close());

const serve = async (checks: readonly HealthCheck[]) => {
  const health = createHealth({ checks, timeoutMs: 50, freshMs: 0 });
  server = await startHealthServer({ health, host: '127.0.0.1', port: 0 });
  const { url } = server;

  return {
    health,
    async get(path: string, init?: RequestInit) {
      const response = await fetch(`${url}${path}`, init);
      const text = await response.text();

      return {
        status: response.status,
        cache: response.headers.get('cache-control'),
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
    },
  };
};

describe('health', () => {
  it('is 200 and ok while every part answers', async () => {
    const { get } = await serve([{ name: 'mongo', required: true, check: () => true }]);

    expect(await get('/health/ready')).toEqual({
      status: 200,
      cache: 'no-store',
      body: { status: 'ok', checks: { mongo: 'ok' } },
    });
  });

  it('is 200 and degraded without a part it can do without', async () => {
    const { get } = await serve([
      { name: 'mongo', required: true, check: () => true },
      { name: 'redis', required: false, check: () => Promise.reject(new Error('gone')) },
    ]);

    expect(await get('/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'degraded', checks: { mongo: 'ok', redis: 'degraded' } },
    });
  });

  it('is 503 without a required part, also when it only hangs; live stays 200', async () => {
    const { get } = await serve([{ name: 'mongo', required: true, check: () => new Promise(() => {}) }]);

    expect(await get('/health/ready')).toMatchObject({
      status: 503,
      body: { status: 'unavailable', checks: { mongo: 'unavailable' } },
    });
    expect(await get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('is not ready while stopping', async () => {
    const { get, health } = await serve([]);

    health.stopping();

    expect((await get('/health/ready')).status).toBe(503);
  });

  it('answers nothing else', async () => {
    const { get } = await serve([]);

    expect((await get('/')).status).toBe(404);
    expect((await get('/health/ready', { method: 'POST' })).status).toBe(405);
  });
});
