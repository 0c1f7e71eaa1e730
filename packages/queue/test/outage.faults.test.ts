import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '@latchkey/runtime';
import { percentile } from '@latchkey/test-kit/quantiles';
import { type RedisControl, startRedisControl } from '@latchkey/test-kit/redis-control';
import { eventually } from '@latchkey/test-kit/until';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createProducer,
  createQueueWorker,
  MAIL_DELIVERIES,
  type Producer,
  type QueueWorker,
} from '../src/index.ts';
import { killWhileWorking } from './support/kill-while-working.ts';

const prefix = '{latchkey}';
const OUTAGE_MS = 20_000;
const PATIENCE = { timeout: 120_000, interval: 100 };

describe('an outage of Redis', () => {
  let server: RedisControl;
  let producer: Producer;
  let workers: QueueWorker[];
  let handled: Map<string, number>;
  let stuck: ReturnType<typeof vi.fn<() => void>>;

  const work = () => {
    workers.push(
      createQueueWorker({
        queue: MAIL_DELIVERIES,
        redisUrl: server.url,
        prefix,
        concurrency: 10,
        handle: async ({ id }) => {
          await sleep(20);
          handled.set(id, (handled.get(id) ?? 0) + 1);
          return { kind: 'done' };
        },
        producer,
        onStuck: stuck,
        log: silentLog,
        clock: { now: () => new Date() },
      }),
    );
  };

  const enqueue = (id: string, attempt = 0) =>
    producer.jobQueue.delivery({ id, attempt, dueAt: new Date(0), traceparent: null });

  /** Enqueues again everything that is missing, as the reconciler does. */
  const enqueueUntilHandled = async (ids: readonly string[]): Promise<void> => {
    await vi.waitFor(async () => {
      const missing = ids.filter((id) => !handled.has(id));
      await Promise.all(missing.map((id) => enqueue(id, 1).catch(() => undefined)));
      expect(missing).toEqual([]);
    }, PATIENCE);
  };

  beforeEach(async () => {
    handled = new Map();
    workers = [];
    stuck = vi.fn();
    server = await startRedisControl();
    producer = createProducer({ redisUrl: server.url, prefix });
    await eventually(() => producer.ping());
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close(2_000)));
    await producer.close();
    await server.kill();
  });

  it.each([
    ['killed', () => server.kill(), () => server.restart()],
    ['frozen', async () => server.freeze(), async () => server.thaw()],
  ])(
    'that lasts 20 s under load (%s) lets producers be refused fast, and both workers consume again by themselves',
    async (_how, goAway, comeBack) => {
      work();
      work();
      const ids: string[] = [];
      const latenciesMs: number[] = [];
      let stopLoad = false;
      // A test that fails must not go on enqueuing while the next one runs.
      onTestFinished(() => {
        stopLoad = true;
      });
      const load = (async () => {
        while (!stopLoad) {
          const id = `row-${ids.length}`;
          ids.push(id);
          const startedAt = performance.now();
          await enqueue(id).catch(() => undefined);
          latenciesMs.push(performance.now() - startedAt);
          await sleep(20);
        }
      })();
      await eventually(() => expect(handled.size).toBeGreaterThan(20));
      const usualP99 = percentile(latenciesMs, 0.99);

      await goAway();
      await sleep(OUTAGE_MS);
      await comeBack();
      const backAt = Date.now();
      const before = workers.map(({ lastFinishedAt }) => lastFinishedAt?.getTime() ?? 0);

      await vi.waitFor(() => {
        workers.forEach(({ lastFinishedAt }, i) => {
          expect(lastFinishedAt?.getTime()).toBeGreaterThan(before[i] ?? 0);
        });
      }, PATIENCE);
      const resumedMs = Date.now() - backAt;
      stopLoad = true;
      await load;
      await enqueueUntilHandled(ids);

      const p99 = percentile(latenciesMs, 0.99);
      process.stdout.write(
        `both workers consumed again after ${resumedMs} ms; jobs p99 ${p99.toFixed(0)} ms, worst ${percentile(latenciesMs, 1).toFixed(0)} ms\n`,
      );
      // On a busy machine a call is slow without an outage as well.
      expect(p99).toBeLessThan(Math.max(1_000, 5 * usualP99));
      expect(stuck).not.toHaveBeenCalled();
    },
  );

  it('does not keep the job of a killed worker: it comes back by itself within two minutes', async () => {
    await enqueue('row');
    await killWhileWorking(server.url);
    const killedAt = Date.now();

    work();
    await vi.waitFor(() => expect(handled.get('row')).toBe(1), PATIENCE);
    process.stdout.write(`the job came back after ${Date.now() - killedAt} ms\n`);
  });

  it('does not let a job that outlived two workers swallow the next job with its id', async () => {
    await enqueue('row');
    await killWhileWorking(server.url);
    await killWhileWorking(server.url);

    work();
    // The queue gives the job up unhandled; what counts is that nothing of it stays.
    await vi.waitFor(async () => {
      expect(await producer.queueState.has('delivery', { id: 'row', attempt: 0 })).toBe(false);
    }, PATIENCE);
    expect(handled.has('row')).toBe(false);

    await enqueue('row');
    await vi.waitFor(() => expect(handled.get('row')).toBe(1), PATIENCE);
  });

  it('that loses every job loses no work, once the jobs are enqueued again', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => `row-${i}`);
    await Promise.all(ids.map((id) => enqueue(id)));
    await server.kill();
    await server.restart();

    work();
    await enqueueUntilHandled(ids);
    expect([...handled.keys()].sort()).toEqual([...ids].sort());
  });
});

describe('an idle fleet', () => {
  it('doubts none of its ten workers within a minute and a half', async () => {
    const server = await startRedisControl();
    const producers = Array.from({ length: 10 }, () => createProducer({ redisUrl: server.url, prefix }));
    const workers = producers.map((producer) =>
      createQueueWorker({
        queue: MAIL_DELIVERIES,
        redisUrl: server.url,
        prefix,
        concurrency: 10,
        handle: async () => ({ kind: 'done' }),
        producer,
        onStuck: () => {},
        log: silentLog,
        clock: { now: () => new Date() },
      }),
    );

    const until = Date.now() + 90_000;
    let longestMs = 0;
    while (Date.now() < until) {
      await sleep(200);
      for (const { lastFinishedAt } of workers) {
        longestMs = Math.max(longestMs, lastFinishedAt ? Date.now() - lastFinishedAt.getTime() : 0);
      }
      expect(workers.every((worker) => worker.consumes())).toBe(true);
    }
    process.stdout.write(`the longest that any of ten idle workers went without a job: ${longestMs} ms\n`);

    await Promise.all(workers.map((worker) => worker.close(1_000)));
    await Promise.all(producers.map((producer) => producer.close()));
    await server.kill();
  });
});
