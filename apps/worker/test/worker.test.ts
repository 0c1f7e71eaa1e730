import { randomBytes } from 'node:crypto';
import type { RunningApp } from '@latchkey/dev-stack';
import type { JobQueue } from '@latchkey/password-reset';
import { type LogRecord, logged, waitForEvent } from '@latchkey/test-kit/app-log';
import { eventually } from '@latchkey/test-kit/until';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Stack, spawnWorker, startStack } from './support/stack.ts';

/** A queue that accepts no job. */
const unreachable: JobQueue = {
  request: () => Promise.reject(new Error('unreachable')),
  delivery: () => Promise.reject(new Error('unreachable')),
};

const METRICS_TOKEN = 'metrics-for-prometheus';
const scrape = ({ metricsUrl }: RunningApp) =>
  fetch(metricsUrl, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });

describe('worker process', () => {
  let stack: Stack;
  let worker: RunningApp;
  let inspected: LogRecord;
  /** No test goes on with a worker that another one has stopped. */
  let running = false;

  beforeAll(async () => {
    stack = await startStack();
    await Promise.all(['ann@acme.test', 'bob@acme.test', 'cid@acme.test'].map(stack.addUser));
    await start();
    inspected = await waitForEvent(worker, 'host.inspected');
  });
  beforeEach(() => running || start());
  afterAll(async () => {
    await worker?.stop();
    await stack?.stop();
  });

  const start = async () => {
    worker = await spawnWorker({ ...stack.env, METRICS_TOKEN });
    await waitForEvent(worker, 'worker.started');
    running = true;
  };

  it('turns a request into a mail with a link, and logs the attempt once, with ids and without addresses', async () => {
    const requestId = await stack.ask('Ann@ACME.test');

    const mail = await stack.inbox.waitFor(({ to }) => to.includes('ann@acme.test'));
    expect(mail.text).toMatch(/http:\/\/127\.0\.0\.1:3000\/reset-password#token=[\w-]{43}\b/);

    const ofThis = (record: LogRecord) => record['requestId'] === requestId;
    const line = await waitForEvent(worker, 'mail.delivery', ofThis);
    expect(line).toMatchObject({
      kind: 'password-reset',
      attempt: 1,
      outcome: 'accepted',
      class: 'accepted',
      code: 250,
      deliveryId: `${requestId}:password-reset`,
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
      messageId: expect.stringContaining('@acme.test'),
      ms: expect.any(Number),
    });
    expect(line).toHaveProperty('enhancedCode');
    expect(logged(worker, 'mail.delivery').filter(ofThis)).toHaveLength(1);
    expect(worker.lines().join('\n')).not.toMatch(/ann@|#token=/i);
  });

  it('says of a stranger that nobody has this address, and sends nothing', async () => {
    const asked = await stack.ask('nobody@acme.test');

    await waitForEvent(
      worker,
      'request.processed',
      ({ requestId, outcome }) => requestId === asked && outcome === 'no_account',
    );
    expect(stack.inbox.received().some(({ to }) => to.includes('nobody@acme.test'))).toBe(false);
  });

  it('finds what no job came for, and counts it', async () => {
    await stack.ask('bob@acme.test', unreachable);

    await stack.inbox.waitFor(({ to }) => to.includes('bob@acme.test'), 20_000);
    await waitForEvent(worker, 'reconciler.woke');
    const metricsText = await (await scrape(worker)).text();
    expect(metricsText).toMatch(/latchkey_reconciler_recovered_total\{reason="job_lost"\} [1-9]/);
  });

  it('shows its metrics to whoever has the token, and to nobody else', async () => {
    await stack.addUser('dot@acme.test');
    const asked = [await stack.ask('dot@acme.test'), await stack.ask('nobody@acme.test')];
    for (const id of asked)
      await waitForEvent(worker, 'request.processed', ({ requestId }) => requestId === id);
    await waitForEvent(worker, 'mail.delivery', ({ requestId }) => requestId === asked[0]);

    expect((await fetch(worker.metricsUrl)).status).toBe(401);
    const metricsText = await (await scrape(worker)).text();

    expect(metricsText).toContain('latchkey_queue_jobs{queue="mail-deliveries",state="waiting"} 0');
    expect(metricsText).toMatch(
      /latchkey_deliveries_processed_total\{kind="password-reset",outcome="accepted",class="accepted"\} \d/,
    );
    expect(metricsText).toContain('latchkey_requests_processed_total{outcome="settled"} ');
    expect(metricsText).toMatch(
      /latchkey_delivery_duration_seconds_count\{kind="password-reset",class="accepted"\} \d/,
    );
    expect(metricsText).toMatch(/latchkey_oldest_due_seconds \d/);
    expect(metricsText).not.toMatch(/@acme|@/);
  });

  it('is ready, and says of what', async () => {
    const response = await fetch(`${worker.url}/health/ready`);

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      checks: {
        mongo: 'ok',
        redis: 'ok',
        'reset-requests': 'ok',
        'mail-deliveries': 'ok',
        'token-keys': 'ok',
      },
    });
  });

  it('says at boot what the host’s users are like', () => {
    expect(inspected).toMatchObject({
      users: 3,
      passwordFormats: expect.objectContaining({ 'bcrypt-2b': 3, argon2: 0 }),
    });
  });

  it('leaves a mail due whose key it lacks, is not ready, and lets a worker with the key send it', async () => {
    await worker.stop();
    running = false;
    // The relay refuses until the first worker has stopped, so the link is made with that worker's key and never sent by it.
    stack.inbox.behave(() => ({ code: 451, message: '4.3.0 later' }));
    const minting = await spawnWorker(stack.env);
    await stack.ask('cid@acme.test');
    await waitForEvent(minting, 'mail.delivery', ({ outcome }) => outcome === 'deferred');
    await minting.stop();
    stack.inbox.behave();

    const other = await spawnWorker({
      ...stack.env,
      RESET_TOKEN_KEYS: `k2:${randomBytes(32).toString('base64')}`,
    });
    await waitForEvent(other, 'mail.foreign_key', ({ kid }) => kid === 'k1');
    const notReady = await fetch(`${other.url}/health/ready`);
    expect(notReady.status).toBe(503);
    expect(await notReady.json()).toMatchObject({ checks: { 'token-keys': 'unavailable' } });
    expect(stack.inbox.messages().some(({ to }) => to.includes('cid@acme.test'))).toBe(false);

    await start();
    await stack.inbox.waitFor(({ to }) => to.includes('cid@acme.test'), 40_000);
    await other.stop();
  });

  it('lets the mail that is leaving leave, and ends with 0 when it is asked to stop', async () => {
    await stack.addUser('eve@acme.test');
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const reached = vi.fn();
    stack.inbox.behave(async ({ phase }) => {
      if (phase !== 'data') return undefined;
      reached();
      await held;
      return undefined;
    });
    await stack.ask('eve@acme.test');
    await eventually(() => expect(reached).toHaveBeenCalled());

    worker.kill('SIGTERM');
    running = false;
    await worker.waitForLine((line) => line.includes('SIGTERM'));
    release();

    expect(await worker.exited).toEqual({ code: 0, signal: null });
    await waitForEvent(worker, 'mail.delivery', ({ outcome }) => outcome === 'accepted');
    expect(stack.inbox.messages().some(({ to }) => to.includes('eve@acme.test'))).toBe(true);
    stack.inbox.behave();
  });
});
