import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError } from '@latchkey/password-reset';
import { type RedisControl, startRedisControl } from '@latchkey/test-kit/redis-control';
import { beforeTimer, eventually } from '@latchkey/test-kit/until';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProducer, type Producer } from '../src/producer.ts';

const requestId = 'a'.repeat(32);
const newJob = (over: object = {}) => ({
  id: requestId,
  attempt: 0,
  dueAt: new Date(0),
  traceparent: null,
  ...over,
});

/** Four times what a command may take. */
const SOON_MS = 1_000;

const expectRefusal = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await expect(beforeTimer(SOON_MS, work)).rejects.toBeInstanceOf(UnavailableError);
  return performance.now() - startedAt;
};

describe('producer', () => {
  let server: RedisControl;
  let producer: Producer;
  let redis: Redis;

  beforeEach(async () => {
    server = await startRedisControl();
    redis = new Redis(server.url);
    redis.on('error', () => {});
    producer = createProducer({ redisUrl: server.url, prefix: '{latchkey}' });
    await eventually(() => producer.ping());
  });
  afterEach(async () => {
    await producer.close();
    redis.disconnect();
    await server.kill();
  });

  it('tells a node of a Redis Cluster, which no client here can serve, from a Redis', async () => {
    expect(await producer.isCluster()).toBe(false);

    const folder = await mkdtemp(join(tmpdir(), 'latchkey-cluster-'));
    const settings = ['--cluster-enabled', 'yes', '--cluster-config-file', join(folder, 'nodes.conf')];
    const node = await startRedisControl({ settings });
    const inCluster = createProducer({ redisUrl: node.url, prefix: '{latchkey}' });
    await eventually(() => inCluster.ping());

    expect(await inCluster.isCluster()).toBe(true);
    await inCluster.close();
    await node.stop();
    await rm(folder, { recursive: true });
  });

  it('takes a Redis that does not say what it is for no cluster, and goes on enqueuing', async () => {
    await redis.acl('SETUSER', 'ringer', 'on', '>hunter2', '~*', '+@all', '-info');
    const url = server.url.replace('redis://', 'redis://ringer:hunter2@');
    const limited = createProducer({ redisUrl: url, prefix: '{latchkey}' });
    await eventually(() => limited.ping());

    expect(await limited.isCluster()).toBe(false);
    await limited.jobQueue.request(newJob());
    await limited.close();
  });

  it('puts nothing but version, id and trace parent into Redis', async () => {
    await producer.jobQueue.delivery(
      newJob({ id: `${requestId}:password-reset`, attempt: 2, traceparent: '00-ab-cd-01' }),
    );

    const job = await redis.hgetall(`{latchkey}:mail-deliveries:delivery-${requestId}.password-reset-2`);
    expect(JSON.parse(job['data'] ?? '')).toEqual({
      v: 1,
      id: `${requestId}:password-reset`,
      traceparent: '00-ab-cd-01',
    });
    expect(job['name']).toBe('delivery');
  });

  it('adds one job for one attempt however often it is enqueued, and another for the next attempt', async () => {
    await producer.jobQueue.request(newJob());
    await producer.jobQueue.request(newJob());
    expect(await producer.queueState.depth('request')).toBe(1);

    await producer.jobQueue.request(newJob({ attempt: 1 }));
    expect(await producer.queueState.depth('request')).toBe(2);
    expect(await producer.queueState.depth('delivery')).toBe(0);
  });

  it('delays a job until its row is due, and does not count it as backlog', async () => {
    await producer.jobQueue.request(newJob({ dueAt: new Date(Date.now() + 60_000) }));

    expect(await producer.queueState.depth('request')).toBe(0);
    expect(await producer.depth('reset-requests')).toMatchObject({ waiting: 0, delayed: 1 });
  });

  it('counts the delay by the clock of the rows, not by its own wall clock', async () => {
    const rows = { now: () => new Date(Date.now() - 60_000) };
    const other = createProducer({ redisUrl: server.url, prefix: '{latchkey}', clock: rows });
    await eventually(() => other.ping());
    const dueAt = new Date(rows.now().getTime() + 5_000);
    await other.jobQueue.request(newJob({ dueAt }));
    await other.close();

    // BullMQ's score: the moment times 4,096, so that jobs of one millisecond stay in order.
    const [, score] = await redis.zrange('{latchkey}:reset-requests:delayed', '0', '-1', 'WITHSCORES');
    expect(Math.floor(Number(score) / 4_096)).toBe(dueAt.getTime());
  });

  it('can add the same job again after Redis lost everything', async () => {
    await producer.jobQueue.request(newJob());
    await redis.flushall();
    await producer.jobQueue.request(newJob());

    expect(await producer.queueState.depth('request')).toBe(1);
  });

  it('refuses fast while Redis is killed, and works again after its return', async () => {
    await server.kill();

    await expectRefusal(() => producer.jobQueue.request(newJob()));
    await expectRefusal(() => producer.ping());

    await server.restart();
    await eventually(() => producer.jobQueue.request(newJob()));
  });

  it('pays for a frozen Redis once, refuses the next callers at once, and works again after the thaw', async () => {
    server.freeze();

    const waitedMs = await expectRefusal(() => producer.jobQueue.request(newJob()));
    const times: number[] = [];
    for (let call = 0; call < 20; call += 1)
      times.push(await expectRefusal(() => producer.jobQueue.request(newJob())));
    // Without a breaker eight wait, until the connection is given up. A trial now and then waits, too.
    expect(times.filter((ms) => ms > waitedMs / 2).length).toBeLessThan(5);

    server.thaw();
    await eventually(() => producer.jobQueue.request(newJob()));
  });

  it('starts without Redis and works once Redis is there', async () => {
    await server.kill();
    const early = createProducer({ redisUrl: server.url, prefix: '{latchkey}' });
    await expect(early.jobQueue.request(newJob())).rejects.toBeInstanceOf(UnavailableError);

    await server.restart();
    await eventually(() => early.jobQueue.request(newJob()));
    await early.close();
  });
});
