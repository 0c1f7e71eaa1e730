import { silentLog } from '@latchkey/runtime';
import { type RedisControl, startRedisControl } from '@latchkey/test-kit/redis-control';
import { eventually, PATIENCE_MS } from '@latchkey/test-kit/until';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAIL_DELIVERIES, type QueuedJob } from '../src/contracts.ts';
import { createProducer, type Producer } from '../src/producer.ts';
import { createQueueWorker, type HandlerResult, type QueueWorker } from '../src/worker.ts';
import { killWhileWorking } from './support/kill-while-working.ts';

const prefix = '{latchkey}';
const clock = { now: () => new Date() };
const deliveryId = (n: number) => `${n.toString(16).padStart(32, '0')}:password-reset`;
const done: HandlerResult = { kind: 'done' };

describe('queue worker', () => {
  let server: RedisControl;
  let producer: Producer;
  let redis: Redis;
  let workers: QueueWorker[];

  const work = (
    handle: (job: QueuedJob) => Promise<HandlerResult>,
    over: Partial<Parameters<typeof createQueueWorker>[0]> = {},
  ): QueueWorker => {
    const worker = createQueueWorker({
      queue: MAIL_DELIVERIES,
      redisUrl: server.url,
      prefix,
      concurrency: 4,
      handle,
      producer,
      onStuck: () => {},
      log: silentLog,
      clock,
      ...over,
    });
    workers.push(worker);
    return worker;
  };

  const enqueue = (n: number, { attempt = 0, dueAt = new Date(0) } = {}) =>
    producer.jobQueue.delivery({ id: deliveryId(n), attempt, dueAt, traceparent: null });

  beforeEach(async () => {
    workers = [];
    server = await startRedisControl();
    redis = new Redis(server.url);
    redis.on('error', () => {});
    // Patient: these tests are not about a Redis, or a machine, that is slow to answer.
    producer = createProducer({ redisUrl: server.url, prefix, timeoutMs: PATIENCE_MS });
    await eventually(() => producer.ping());
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close(1_000)));
    await producer.close();
    redis.disconnect();
    await server.kill();
  });

  it('hands over the id, the attempt and the trace parent, and leaves nothing in Redis when it is done', async () => {
    const handle = vi.fn(async () => done);
    const worker = work(handle);

    await producer.jobQueue.delivery({
      id: deliveryId(1),
      attempt: 3,
      dueAt: new Date(0),
      traceparent: '00-ab',
    });
    await eventually(() =>
      expect(handle).toHaveBeenCalledExactlyOnceWith({ id: deliveryId(1), attempt: 3, traceparent: '00-ab' }),
    );

    await eventually(async () => expect(await redis.keys(`*${'0'.repeat(31)}1*`)).toEqual([]));
    expect(worker.lastFinishedAt).not.toBeNull();
  });

  it('takes a job back that came too early, counting no attempt', async () => {
    let mine = false;
    const seen: boolean[] = [];
    work(async () => {
      seen.push(mine);
      return mine ? done : { kind: 'later', at: new Date(Date.now() + 100) };
    });

    await enqueue(1);
    await eventually(() => expect(seen.length).toBeGreaterThan(2));
    const job = await redis.hgetall(
      `${prefix}:mail-deliveries:delivery-${deliveryId(1).replace(':', '.')}-0`,
    );
    expect(job['atm'] ?? '0').toBe('0');

    mine = true;
    await eventually(() => expect(seen.at(-1)).toBe(true));
    await eventually(async () => expect(await producer.depth(MAIL_DELIVERIES)).toMatchObject({ delayed: 0 }));
  });

  it.each([
    ['ahead', 60_000],
    ['behind', -60_000],
  ])('starts a delayed job when its row is due, with a wall clock a minute %s', async (_where, offMs) => {
    const rows = { now: () => new Date(Date.now() - offMs) };
    const other = createProducer({ redisUrl: server.url, prefix, clock: rows });
    await eventually(() => other.ping());
    const inRows = (ms: number) => new Date(rows.now().getTime() + ms);
    const startedAt: Date[] = [];
    const due = [inRows(700)];
    work(
      async () => {
        startedAt.push(rows.now());
        if (due.length > 1) return done;
        due.push(inRows(700));
        return { kind: 'later', at: due[1] ?? inRows(0) };
      },
      { clock: rows },
    );

    await other.jobQueue.delivery({
      id: deliveryId(1),
      attempt: 0,
      dueAt: due[0] ?? inRows(0),
      traceparent: null,
    });
    await eventually(() => expect(startedAt).toHaveLength(2));
    await eventually(async () => expect(await producer.depth(MAIL_DELIVERIES)).toMatchObject({ active: 0 }));
    await other.close();

    for (const [time, at] of startedAt.entries())
      expect(at.getTime()).toBeGreaterThanOrEqual(due[time]?.getTime() ?? Number.NaN);
    expect(startedAt).toHaveLength(2);
  });

  it('leaves a job that is not its own to whoever can do it, at the first opportunity', async () => {
    // Apart by more than the head start: of jobs that become due together, each worker takes some.
    const ids = [1, 2, 3, 4];
    const dueAt = (n: number) => new Date(Date.now() + n * 500);
    const wrong = vi.fn(async (_job: QueuedJob): Promise<HandlerResult> => ({ kind: 'not_mine' }));
    const right = vi.fn(async (_job: QueuedJob) => done);
    work(wrong);
    await Promise.all(ids.map((n) => enqueue(n, { dueAt: dueAt(n) })));
    const seen = () => new Set(wrong.mock.calls.map(([{ id }]) => id));
    await eventually(() => expect(seen().size).toBe(ids.length));
    work(right);
    const before = wrong.mock.calls.length;

    await eventually(() => expect(right).toHaveBeenCalledTimes(ids.length));
    // A machine that stalls for longer than the head start lets the wrong one have a job twice, but not all of them.
    expect(wrong.mock.calls.length - before).toBeLessThan(ids.length);
  });

  it('puts a job of another version back unread, and drops what is no job of ours', async () => {
    const handle = vi.fn(async () => done);
    const warn = vi.fn();
    work(handle, { log: { info: () => {}, warn } });
    const { Queue } = await import('bullmq');
    const queue = new Queue(MAIL_DELIVERIES, {
      connection: redis.duplicate({ maxRetriesPerRequest: null }),
      prefix,
    });

    await queue.add('delivery', { v: 2, id: 'x', extra: 1 }, { jobId: 'future' });
    await queue.add('delivery', { hello: 'there' }, { jobId: 'stranger' });

    await eventually(async () => expect(await queue.getJobState('future')).toBe('delayed'));
    await eventually(() =>
      expect(warn).toHaveBeenCalledWith(
        expect.objectContaining({ event: 'queue.malformed', jobId: 'stranger' }),
        expect.anything(),
      ),
    );
    expect(handle).not.toHaveBeenCalled();
    (await queue.getBackend().client).disconnect();
  });

  it('lets nothing of an error through to Redis but its code, and the next job through', async () => {
    const secret = 'bob@example.com';
    let failing = true;
    const handle = vi.fn(async (): Promise<HandlerResult> => {
      if (failing) throw Object.assign(new Error(`no such user ${secret}`), { code: 'E_TEST' });
      return done;
    });
    work(handle);

    await enqueue(1);
    await eventually(async () => {
      const events = JSON.stringify(await redis.xrange(`${prefix}:mail-deliveries:events`, '-', '+'));
      expect(events).toContain('E_TEST');
      expect(events).not.toContain(secret);
    });
    expect(await producer.depth(MAIL_DELIVERIES)).toMatchObject({ failed: 0 });

    failing = false;
    await enqueue(1);
    await eventually(() => expect(handle).toHaveBeenCalledTimes(2));
  });

  it('shows Redis ids and nothing else, from the first byte on', async () => {
    const spy = new Redis(server.url);
    const lines: string[] = [];
    const monitor = await spy.monitor();
    monitor.on('monitor', (_time: string, args: string[]) => lines.push(args.join(' ')));

    const handle = vi.fn(async (): Promise<HandlerResult> => {
      if (handle.mock.calls.length === 2) throw new Error('typed: mallory@example.com token S3CR3T');
      return done;
    });
    work(handle);
    await enqueue(1);
    await enqueue(2);
    await eventually(() => expect(handle).toHaveBeenCalledTimes(2));
    await redis.set('control', 'planted@example.com');
    await eventually(() => expect(lines.join('\n')).toContain('planted@example.com'));
    monitor.disconnect();
    spy.disconnect();

    const all = lines.join('\n').replaceAll('planted@example.com', '');
    expect(all).toContain(deliveryId(1));
    expect(all).not.toMatch(/mallory|S3CR3T|@example/);
  });

  it('resumes by itself after Redis was killed, and after all of its memory was lost', async () => {
    const handle = vi.fn(async (_job: QueuedJob) => done);
    work(handle);
    await enqueue(1);
    await eventually(() => expect(handle).toHaveBeenCalledTimes(1));

    await server.kill();
    await server.restart();
    await eventually(() => enqueue(2));

    await eventually(() =>
      expect(handle.mock.lastCall).toEqual([expect.objectContaining({ id: deliveryId(2) })]),
    );
  });

  it('takes a later attempt while a killed worker still holds the earlier one', async () => {
    await enqueue(1);
    await killWhileWorking(server.url);

    const handle = vi.fn(async (_job: QueuedJob) => done);
    work(handle);
    await enqueue(1, { attempt: 1 });
    await eventually(() => expect(handle).toHaveBeenCalledTimes(1));
    expect(await producer.queueState.has('delivery', { id: deliveryId(1), attempt: 0 })).toBe(true);
    expect(await producer.queueState.has('delivery', { id: deliveryId(1), attempt: 1 })).toBe(false);
  });

  it('lets running jobs finish when it is closed, but waits no longer than it was given', async () => {
    let finish: (result: HandlerResult) => void = () => {};
    const handle = vi.fn(() => new Promise<HandlerResult>((resolve) => (finish = resolve)));
    const worker = work(handle);
    await enqueue(1);
    await eventually(() => expect(handle).toHaveBeenCalled());

    const closed = worker.close(10_000);
    finish(done);
    expect(await closed).toBe(true);
    expect(await producer.depth(MAIL_DELIVERIES)).toMatchObject({ active: 0, waiting: 0 });

    const hanging = work(() => new Promise(() => {}));
    await enqueue(2);
    await eventually(async () => expect(await producer.depth(MAIL_DELIVERIES)).toMatchObject({ active: 1 }));
    expect(await hanging.close(50)).toBe(false);
  });

  it('closes although Redis is away', async () => {
    const handle = vi.fn(async () => done);
    const worker = work(handle);
    await enqueue(1);
    await eventually(() => expect(handle).toHaveBeenCalled());
    await server.kill();

    expect(await worker.close(60_000)).toBe(true);
  });

  it('leaves one heartbeat of each worker, in the queue it serves, and takes them', async () => {
    const worker = work(async () => done, { heartbeatMs: 50 });

    await eventually(() => expect(worker.lastFinishedAt).not.toBeNull());
    expect(worker.consumes()).toBe(true);
  });

  it('finds out that it consumes nothing while its jobs wait, and says so once', async () => {
    // Fifty times faster than life: 5 s pass in 100 ms.
    const startedAt = performance.now();
    const fast = () => startedAt + (performance.now() - startedAt) * 50;
    const onStuck = vi.fn();
    const worker = work(() => new Promise(() => {}), {
      concurrency: 1,
      elapsedMs: fast,
      heartbeatMs: 100,
      onStuck,
      random: () => 0,
    });
    await enqueue(1);

    await eventually(() => expect(worker.consumes()).toBe(false));
    expect(onStuck).not.toHaveBeenCalled();
    await eventually(() => expect(onStuck).toHaveBeenCalledTimes(1));
  });

  it('knows that it consumes nothing while Redis answers and refuses to write, says so once, and asks no faster', async () => {
    const startedAt = performance.now();
    const fast = () => startedAt + (performance.now() - startedAt) * 20;
    const onStuck = vi.fn();
    const log = { info: vi.fn(), warn: vi.fn() };
    const handle = vi.fn(async (_job: QueuedJob) => done);
    const refusals = async () =>
      Number(/NOREPLICAS:count=(\d+)/.exec(await redis.info('errorstats'))?.[1] ?? 0);
    // Scripts that write are refused like this when memory or disk has run out, too; reads and PING are not.
    await Promise.all(Array.from({ length: 100 }, (_, n) => enqueue(n)));
    await redis.config('SET', 'min-replicas-to-write', '1');
    const worker = work(handle, { elapsedMs: fast, heartbeatMs: 250, onStuck, random: () => 0, log });

    await eventually(() => expect(worker.consumes()).toBe(false));
    expect(await redis.ping()).toBe('PONG');
    expect(handle).not.toHaveBeenCalled();
    expect(await refusals()).toBeGreaterThan(0);
    expect(await refusals()).toBeLessThan(100);
    expect(log.warn.mock.calls).toEqual([
      [expect.objectContaining({ event: 'redis.unavailable', code: 'NOREPLICAS' }), expect.any(String)],
    ]);

    await redis.config('SET', 'min-replicas-to-write', '0');
    await eventually(() => expect(handle).toHaveBeenCalledTimes(100));
    await eventually(() => expect(worker.consumes()).toBe(true));
    expect(onStuck).not.toHaveBeenCalled();
  });
});
