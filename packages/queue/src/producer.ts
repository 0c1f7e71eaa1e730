import {
  type Clock,
  type JobQueue,
  type NewJob,
  type QueueState,
  UnavailableError,
} from '@latchkey/password-reset';
import { type Log, silentLog } from '@latchkey/runtime';
import { type Breaker, createBreaker } from './breaker.ts';
import { COMMAND_TIMEOUT_MS, createRedisConnection } from './connection.ts';
import { HEARTBEAT, type JobKind, jobIdOf, QUEUE_OF, type QueueName, toJobData } from './contracts.ts';
import { isRefusal } from './log.ts';
import { openQueues } from './open-queues.ts';

/** Number of jobs in one queue, by state. */
export interface QueueDepth {
  readonly waiting: number;
  readonly prioritized: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** What a worker reads from its queue when it enqueues a heartbeat. */
export interface HeartbeatResult {
  /** A worker has consumed the heartbeat that was enqueued before. */
  readonly consumed: boolean;
  /** Number of jobs that could start now. */
  readonly waiting: number;
  /** An operator has paused the queue. */
  readonly paused: boolean;
}

/** Which Redis and which prefix, and how long to wait for an answer. */
export interface ProducerInput {
  readonly redisUrl: string;
  readonly prefix: string;
  /**
   * The breaker of this process, so that limiter and producer share what they know about Redis. Default: a breaker of its own.
   */
  readonly breaker?: Breaker;
  /**
   * Milliseconds. Default: {@link COMMAND_TIMEOUT_MS}. A process in which no client waits should allow more time: a stall of its
   * own event loop looks like a Redis that does not answer, and a job that could not be enqueued starts later by RECONCILE_AFTER.
   */
  readonly timeoutMs?: number;
  /** The clock of the rows, by which delays in Redis are counted, too. Default: the wall clock of this machine. */
  readonly clock?: Clock;
  readonly log?: Log;
}

/** All calls to Redis reject with `UnavailableError`: within the timeout when Redis is frozen, and at once when it is down. */
export interface Producer {
  readonly jobQueue: JobQueue;
  readonly queueState: QueueState;
  ping(): Promise<void>;
  /** Whether this Redis is a node of a Redis Cluster. The other nodes then hold keys that this connection cannot find. */
  isCluster(): Promise<boolean>;
  depth(queue: QueueName): Promise<QueueDepth>;
  /** Enqueues `count` heartbeats of this worker. A heartbeat that is still in the queue is not added again. */
  heartbeat(queue: QueueName, workerId: string, count?: number): Promise<HeartbeatResult>;
  close(): Promise<void>;
}

/**
 * Makes the producer, which enqueues jobs for rows that are already written. The reconciler finds the rows whose jobs could not
 * be enqueued.
 */
export const createProducer = ({
  redisUrl,
  prefix,
  timeoutMs = COMMAND_TIMEOUT_MS,
  breaker = createBreaker({ timeoutMs }),
  clock = { now: () => new Date() },
  log = silentLog,
}: ProducerInput): Producer => {
  const connection = createRedisConnection({
    redisUrl,
    role: 'producer',
    name: 'producer',
    log,
    commandTimeoutMs: timeoutMs,
  });
  const queues = openQueues(connection, prefix);

  const reach = <T>(work: () => Promise<T>): Promise<T> =>
    breaker.run(async () => {
      // Without this check BullMQ would wait without limit for the first `ready` of the connection.
      if (connection.status !== 'ready') throw new UnavailableError('redis is not connected');
      return work();
    });

  const enqueue = async (kind: JobKind, { id, attempt, dueAt, traceparent }: NewJob): Promise<void> => {
    const timestamp = clock.now().getTime();
    await reach(() =>
      queues[QUEUE_OF[kind]].add(kind, toJobData({ id, traceparent }), {
        jobId: jobIdOf(kind, id, attempt),
        // BullMQ adds the delay to this time. Without it BullMQ would take the wall clock of this machine.
        timestamp,
        delay: Math.max(0, dueAt.getTime() - timestamp),
      }),
    );
  };

  const has: QueueState['has'] = async (kind, { id, attempt }) => {
    const state = await reach(() => queues[QUEUE_OF[kind]].getJobState(jobIdOf(kind, id, attempt)));
    return ['waiting', 'prioritized', 'delayed', 'active'].includes(state);
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

  const waitingOf: QueueState['depth'] = (kind) =>
    reach(async () => {
      const { waiting, prioritized } = await counts(QUEUE_OF[kind]);
      return waiting + prioritized;
    });

  const heartbeat = (name: QueueName, workerId: string, count = 1): Promise<HeartbeatResult> =>
    reach(async () => {
      const queue = queues[name];
      const jobId = `${HEARTBEAT}-${workerId}`;
      const data = toJobData({ id: workerId, traceparent: null });
      const [last, { waiting, prioritized }, paused] = await Promise.all([
        queue.getJobState(jobId),
        counts(name),
        queue.isPaused(),
      ]);
      const jobIds = Array.from({ length: count }, (_, i) => (i === 0 ? jobId : `${jobId}-${i}`));
      await queue.addBulk(jobIds.map((id) => ({ name: HEARTBEAT, data, opts: { jobId: id } })));
      return { consumed: last === 'unknown', waiting: waiting + prioritized, paused };
    });

  return {
    jobQueue: {
      request: (job) => enqueue('request', job),
      delivery: (job) => enqueue('delivery', job),
    },
    queueState: { depth: waitingOf, has },
    ping: async () => {
      await reach(() => connection.ping());
    },
    isCluster: () =>
      reach(async () => {
        // A Redis user without the right to run INFO cannot be checked, so this Redis counts as no cluster.
        const info = await connection.info('cluster').catch((error: Error) => {
          if (isRefusal(error)) return '';
          throw error;
        });
        return /^cluster_enabled:1\r?$/m.test(info);
      }),
    depth: (queue) => reach(() => counts(queue)),
    heartbeat,
    close: async () => {
      // This process buffers no commands (no offline queue), so there is nothing to wait for.
      connection.disconnect();
      await Promise.allSettled(Object.values(queues).map((queue) => queue.close()));
    },
  };
};
