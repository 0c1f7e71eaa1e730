import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSettings } from '@latchkey/mongo';
import { silentLog } from '@latchkey/runtime';
import { logged, waitForEvent } from '@latchkey/test-kit/app-log';
import { startRedisControl } from '@latchkey/test-kit/redis-control';
import { eventually } from '@latchkey/test-kit/until';
import { describe, expect, it } from 'vitest';
import { spawnWorker, startStack } from './support/stack.ts';

describe('worker at boot', () => {
  it('lists everything that is wrong with its configuration at once and ends with 78', async () => {
    const worker = await spawnWorker({
      SMTP_URL: 'http://relay.test',
      RESET_TOKEN_KEYS: 'k1:c2hvcnQ=',
      MAIL_FROM: 'nobody',
      PUBLIC_WEB_URL: 'http://acme.test',
      IDENTIFIER_HMAC_KEY: 'c2hvcnQ=',
    });

    expect(await worker.exited).toEqual({ code: 78, signal: null });
    const said = worker.lines().join('\n');
    for (const name of [
      'MONGODB_URI',
      'REDIS_URL',
      'SMTP_URL',
      'RESET_TOKEN_KEYS',
      'MAIL_FROM',
      'PUBLIC_WEB_URL',
      'IDENTIFIER_HMAC_KEY',
    ]) {
      expect(said).toContain(name);
    }
    expect(said).not.toContain('c2hvcnQ');
  });

  it('finds fields of the host that overlap before it waits for any engine', async () => {
    const key = randomBytes(32).toString('base64');
    const worker = await spawnWorker({
      NODE_ENV: 'test',
      MONGODB_URI: 'mongodb://127.0.0.1:9/app',
      REDIS_URL: 'redis://127.0.0.1:9',
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'no-reply@acme.test',
      PUBLIC_WEB_URL: 'http://acme.test',
      RESET_TOKEN_KEYS: `k1:${key}`,
      IDENTIFIER_HMAC_KEY: key,
      USERS_NAME_FIELD: 'passwordHash',
    });

    expect(await worker.exited).toEqual({ code: 78, signal: null });
    expect(worker.lines().join('\n')).toContain('USERS_PASSWORD_FIELD overlaps USERS_NAME_FIELD');
  });

  it('ends with 69 at a Redis Cluster, and says that it cannot serve one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-cluster-'));
    const settings = ['--cluster-enabled', 'yes', '--cluster-config-file', join(folder, 'nodes.conf')];
    const node = await startRedisControl({ settings });
    const stack = await startStack();

    const worker = await spawnWorker({ ...stack.env, REDIS_URL: node.url });
    expect(await worker.exited).toEqual({ code: 69, signal: null });
    expect(worker.lines().join('\n')).toContain('Redis Cluster, which is not supported yet');
    await stack.stop();
    await node.stop();
    await rm(folder, { recursive: true });
  });

  it('says which settings the API was started with differently', async () => {
    const stack = await startStack();
    await compareSettings({
      connection: stack.connection.connection,
      app: 'api',
      settings: { RESET_LINK_TTL: 600_000, QUEUE_PREFIX: stack.env['QUEUE_PREFIX'] ?? '' },
      clock: { now: () => new Date() },
      log: silentLog,
    });

    const worker = await spawnWorker(stack.env);
    expect(await waitForEvent(worker, 'config.differs')).toMatchObject({
      level: 'warn',
      name: 'RESET_LINK_TTL',
    });
    await waitForEvent(worker, 'worker.started');
    expect(logged(worker, 'config.differs')).toHaveLength(1);
    await worker.stop();
    await stack.stop();
  });

  it('takes no job when it cannot listen where it should', async () => {
    const stack = await startStack();
    const neighbour = createServer().listen(0, '127.0.0.1');
    await once(neighbour, 'listening');
    const { port } = neighbour.address() as AddressInfo;
    await eventually(() => stack.producer.ping());
    const names = Array.from({ length: 20 }, (_, n) => `user-${n}@acme.test`);
    await Promise.all(names.map((name) => stack.ask(name)));

    for (const taken of [{ METRICS_PORT: `${port}` }, { PORT: `${port}` }]) {
      const worker = await spawnWorker({ ...stack.env, ...taken });
      expect(await worker.exited).toEqual({ code: 1, signal: null });
      expect(worker.lines().join('\n')).toContain('EADDRINUSE');
    }

    expect(await stack.producer.depth('reset-requests')).toMatchObject({ waiting: names.length, active: 0 });
    neighbour.close();
    await stack.stop();
  });
});
