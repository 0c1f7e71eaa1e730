import { UnavailableError, type WakeUp, type WakeUps } from '@latchkey/password-reset';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Breaker, createBreaker } from './breaker.ts';
import { createRedisConnection } from './connection.ts';
import { jobIdOf, QUEUE_NAMES, QUEUE_OF, type QueueName, toJobData, type WakeKind } from './contracts.ts';
import { type QueueLog, silentLog } from './log.ts';

/** Job counts by state of one queue. */
export interface QueueDepth {
  readonly waiting: number;
  readonly prioritized: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

export interface ProducerInput {
  readonly redisUrl: string;
  readonly prefix: string;
  /** Hand in the process's breaker so that limiter and producer learn from each other. */
  readonly breaker?: Breaker;
  readonly log?: QueueLog;
  /** The present in milliseconds. */
  readonly now?: () => number;
}

/** Everything rejects with `UnavailableError` in less than 300 ms when Redis is killed or frozen. */
export interface Producer {
  readonly wakeUps: WakeUps;
  ping(): Promise<void>;
  /** Jobs that could start now, over all queues; delayed ones are not among them. */
  backlog(): Promise<number>;
  depth(queue: QueueName): Promise<QueueDepth>;
  close(): Promise<void>;
}

/** Rings the bell for rows that are already written; what it cannot ring the reconciler finds. */
export const createProducer = ({
  redisUrl,
  prefix,
  breaker = createBreaker(),
  log = silentLog,
  now = Date.now,
}: ProducerInput): Producer => {
  const connection = createRedisConnection({ redisUrl, role: 'producer', name: 'producer', log });
  const queues = openQueues(connection, prefix);

  const reach = <T>(work: () => Promise<T>): Promise<T> =>
    breaker.run(async () => {
      // Without this BullMQ would wait for the connection's first `ready`, however long that takes.
      if (connection.status !== 'ready') throw new UnavailableError('redis is not connected');
      return work();
    });

  const wake = async (kind: WakeKind, { id, attempt, dueAt, traceparent }: WakeUp): Promise<void> => {
    await reach(() =>
      queues[QUEUE_OF[kind]].add(kind, toJobData({ id, traceparent }), {
        jobId: jobIdOf(kind, id, attempt),
        delay: Math.max(0, dueAt.getTime() - now()),
      }),
    );
  };

  const counts = async (queue: QueueName): Promise<QueueDepth> => {
    const found = await queues[queue].getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
    const count = (state: keyof QueueDepth) => found[state] ?? 0;
    return {
      waiting: count('waiting'),
      prioritized: count('prioritized'),
      active: count('active'),
      delayed: count('delayed'),
      failed: count('failed'),
    };
  };

  return {
    wakeUps: {
      request: (wakeUp) => wake('request', wakeUp),
      delivery: (wakeUp) => wake('delivery', wakeUp),
    },
    ping: async () => {
      await reach(() => connection.ping());
    },
    backlog: () =>
      reach(async () => {
        const depths = await Promise.all(QUEUE_NAMES.map(counts));
        return depths.reduce((sum, { waiting, prioritized }) => sum + waiting + prioritized, 0);
      }),
    depth: (queue) => reach(() => counts(queue)),
    close: async () => {
      // Nothing is buffered on our side (no offline queue), so there is nothing to wait for.
      connection.disconnect();
      await Promise.allSettled(Object.values(queues).map((queue) => queue.close()));
    },
  };
};

const openQueues = (connection: Redis, prefix: string): Record<QueueName, Queue> => {
  const open = (name: QueueName): Queue => {
    const queue = new Queue(name, {
      connection,
      prefix,
      // Both would run commands at start-up and leave the queue unusable for good if Redis is away at that moment.
      skipVersionCheck: true,
      skipMetasUpdate: true,
      defaultJobOptions: {
        // The row's dueAt is the only retry clock. A job that stays in Redis, finished or failed, would silently swallow
        // every later wake-up with its id.
        attempts: 1,
        removeOnComplete: true,
        removeOnFail: true,
      },
    });
    // The connection logs for itself; without a listener an 'error' would end the process.
    queue.on('error', () => {});
    return queue;
  };

  return { 'reset-requests': open('reset-requests'), 'mail-deliveries': open('mail-deliveries') };
};
