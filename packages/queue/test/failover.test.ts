import { silentLog } from '@latchkey/runtime';
import { type RedisControl, startRedisControl } from '@latchkey/test-kit/redis-control';
import { startTcpProxy, type TcpProxy } from '@latchkey/test-kit/tcp-proxy';
import { eventually } from '@latchkey/test-kit/until';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAIL_DELIVERIES, type QueuedJob } from '../src/contracts.ts';
import { createProducer, type Producer } from '../src/producer.ts';
import { createQueueWorker, type HandlerResult, type QueueWorker } from '../src/worker.ts';

const prefix = '{latchkey}';

describe('a failover of Redis', () => {
  let first: RedisControl;
  let second: RedisControl;
  let endpoint: TcpProxy;
  let producer: Producer;
  let worker: QueueWorker;
  const handle = vi.fn(async (_job: QueuedJob): Promise<HandlerResult> => ({ kind: 'done' }));
  const enqueue = (id: string) =>
    producer.jobQueue.delivery({ id, attempt: 0, dueAt: new Date(0), traceparent: null });

  beforeEach(async () => {
    handle.mockClear();
    [first, second] = await Promise.all([startRedisControl(), startRedisControl()]);
    endpoint = await startTcpProxy({ target: first });
    const redisUrl = `redis://127.0.0.1:${endpoint.port}`;
    producer = createProducer({ redisUrl, prefix });
    worker = createQueueWorker({
      queue: MAIL_DELIVERIES,
      redisUrl,
      prefix,
      concurrency: 2,
      handle,
      producer,
      onStuck: () => {},
      log: silentLog,
      clock: { now: () => new Date() },
    });
    await eventually(() => enqueue('before'));
    await eventually(() => expect(handle).toHaveBeenCalledTimes(1));
  });
  afterEach(async () => {
    await worker.close(1_000);
    await producer.close();
    await endpoint.stop();
    await Promise.all([first.kill(), second.kill()]);
  });

  it('that leaves the old primary connected, but read-only, stops neither producer nor worker', async () => {
    endpoint.pointTo(second);
    const operator = new Redis(first.url);
    await operator.replicaof('127.0.0.1', second.port);
    operator.disconnect();

    await eventually(() => enqueue('after'));
    await eventually(() => expect(handle.mock.lastCall?.[0].id).toBe('after'));
  });
});
