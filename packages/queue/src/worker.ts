import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@latchkey/password-reset';
import type { Log } from '@latchkey/runtime';
import { DelayedError, type Job } from 'bullmq';
import pTimeout from 'p-timeout';
import { createRedisConnection } from './connection.ts';
import { createConsumption } from './consumption.ts';
import { createConsumptionMonitor, HEARTBEAT_MS, NOT_READY_AFTER_MS } from './consumption-monitor.ts';
import { attemptOfJob, HEARTBEAT, parseJobData, type QueuedJob, type QueueName } from './contracts.ts';
import { createStateLog, errorCode, isNetworkError, isRefusal } from './log.ts';
import type { Producer } from './producer.ts';
import { NOT_MINE_LATER_MS, onWallClock, YieldingWorker } from './yielding-worker.ts';

/**
 * The result of a job. `later`: the job came before its time. `not_mine`: this worker lacks something that the job needs and that
 * another worker may have. In both cases the job goes back unchanged, and no attempt is counted.
 */
export type HandlerResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'later'; readonly at: Date }
  | { readonly kind: 'not_mine' };

/** Which queue to serve, and what to do with a job. */
export interface QueueWorkerInput {
  readonly queue: QueueName;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly concurrency: number;
  /** May be called twice for one id at the same time, and must be safe then: the fence of the row decides, not the queue. */
  readonly handle: (job: QueuedJob) => Promise<HandlerResult>;
  /** Enqueues this worker's heartbeats. */
  readonly producer: Pick<Producer, 'heartbeat'>;
  readonly enginesAnswer?: () => Promise<boolean>;
  /**
   * Called once when this worker finds that it no longer consumes. The process should then end and be started again. The argument
   * is in milliseconds.
   */
  readonly onStuck: (stalledForMs: number) => void;
  readonly log: Log;
  /** The clock of the rows. A delayed job is due by this clock, not by the wall clock of this machine. */
  readonly clock: Clock;
  /** A monotonic clock, in milliseconds. Tests pass a faster one. */
  readonly elapsedMs?: () => number;
  readonly random?: () => number;
  readonly heartbeatMs?: number;
}

/** A worker that runs until it is closed. */
export interface QueueWorker {
  readonly id: string;
  readonly lastFinishedAt: Date | null;
  /**
   * False when this worker finished no job for 30 s although Redis answers and there was work, or when it could enqueue no
   * heartbeat for 30 s. A Redis that answers reads and refuses every write shows only in the heartbeats.
   */
  consumes(): boolean;
  /**
   * Stops fetching and waits until the running jobs have finished, but no longer than `timeoutMs`. Resolves to true when they
   * have.
   */
  close(timeoutMs: number): Promise<boolean>;
}

/**
 * Shortest delay, in milliseconds, of a job that goes back. Clocks differ a little, and without this bound a job that is 1 ms
 * early would be fetched again and again.
 */
const SOONEST_LATER_MS = 50;

/** Makes a worker that serves one queue and starts at once. It waits without limit for a Redis that is away. */
export const createQueueWorker = ({
  queue,
  redisUrl,
  prefix,
  concurrency,
  handle,
  producer,
  enginesAnswer = async () => true,
  onStuck,
  log,
  clock,
  elapsedMs = () => performance.now(),
  random = Math.random,
  heartbeatMs = HEARTBEAT_MS,
}: QueueWorkerInput): QueueWorker => {
  const id = randomBytes(6).toString('hex');
  const consumption = createConsumption({ clock, elapsedMs });
  const connection = createRedisConnection({ redisUrl, role: 'worker', name: `worker-${queue}`, log });
  const running = new Set<Promise<unknown>>();

  const later = async (job: Job, token: string | undefined, at: number): Promise<never> => {
    try {
      const soonest = clock.now().getTime() + SOONEST_LATER_MS;
      await job.moveToDelayed(onWallClock(Math.max(at, soonest), clock), token);
    } catch (error) {
      throw scrubbed(error);
    }
    consumption.finished();
    throw new DelayedError();
  };

  const leaveToOthers = (job: Job, token: string | undefined): Promise<never> => {
    worker.yieldFor(NOT_MINE_LATER_MS + 1_000);
    return later(job, token, clock.now().getTime() + NOT_MINE_LATER_MS);
  };

  const work = async (job: Job, token?: string): Promise<void> => {
    if (job.name === HEARTBEAT) return;

    const parsed = parseJobData(job.data);
    if (parsed.kind === 'foreign_version') return leaveToOthers(job, token);
    if (parsed.kind === 'malformed') {
      log.warn({ event: 'queue.malformed', queue, jobId: job.id }, 'dropped a job that is not ours');
      return;
    }

    const result = await handle({ ...parsed.job, attempt: attemptOfJob(job.id) }).catch((error: unknown) => {
      log.warn(
        { event: 'queue.failed', queue, jobId: job.id, err: error },
        'a job failed; its row stays due',
      );
      throw scrubbed(error);
    });
    if (result.kind === 'later') return later(job, token, result.at.getTime());
    if (result.kind === 'not_mine') return leaveToOthers(job, token);
  };

  const worker = new YieldingWorker(
    queue,
    (job, token) => {
      const run = work(job, token);
      running.add(run);
      run.catch(() => undefined).finally(() => running.delete(run));
      return run;
    },
    {
      connection,
      prefix,
      concurrency,
      // BullMQ renews the lock after half of this time, so it only bounds how long the jobs of a killed worker stay locked. 20 s
      // plus two checks 10 s apart bring them back well within two minutes, and a stall of this event loop of up to 10 s does no
      // harm.
      lockDuration: 20_000,
      stalledInterval: 10_000,
      // When a second worker is killed while it has the job, BullMQ fails the job for good, whatever this number is. That ends a
      // job that kills its workers. The row stays due and gets a new job from the reconciler.
      maxStalledCount: 1,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
    clock,
  );

  const refusal = createStateLog(log, `worker-${queue}`);
  worker.on('completed', () => {
    refusal.up();
    consumption.finished();
  });
  worker.on('failed', consumption.finished);
  worker.on('error', (error) => {
    // The connection has logged this already.
    if (isNetworkError(error)) return;
    if (isRefusal(error)) return refusal.down(error);
    // BullMQ's own messages name a job id and what is wrong with its lock. A worker that is late is expected to get them.
    log.warn({ event: 'queue.error', queue, message: error.message.slice(0, 200) }, 'the queue complained');
  });

  const monitorConsumption = createConsumptionMonitor({
    queue,
    workerId: id,
    producer,
    consumption,
    enginesAnswer,
    onStuck,
    random,
  });
  let closing = false;
  const heartbeatTimer = setInterval(() => void monitorConsumption(), heartbeatMs);
  void monitorConsumption();

  return {
    id,
    get lastFinishedAt() {
      return consumption.lastFinishedAt;
    },
    consumes: () => Math.max(consumption.stalledForMs, consumption.refusedForMs) < NOT_READY_AFTER_MS,
    close: async (timeoutMs) => {
      if (!closing) clearInterval(heartbeatTimer);
      closing = true;

      // `worker.close()` waits without limit while Redis is away. It matters only that the jobs have finished; after that
      // `close()` has `GOODBYE_MS` to tell Redis.
      const stop = new AbortController();
      const idle = async () => {
        do {
          await Promise.allSettled(running);
          await sleep(GOODBYE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
        } while (running.size > 0 && !stop.signal.aborted);
      };
      const ended = Promise.race([worker.close(), idle()]);
      await pTimeout(ended, { milliseconds: timeoutMs, message: false });
      stop.abort();

      connection.disconnect();
      worker.disconnect().catch(() => undefined);
      return running.size === 0;
    },
  };
};

const GOODBYE_MS = 2_000;

/**
 * The error for the event stream of the queue. It holds the code of the original error and nothing else, because that stream is
 * in Redis (decision 12).
 */
const scrubbed = (error: unknown): Error => {
  const safe = new Error(errorCode(error));
  safe.stack = safe.message;
  return safe;
};
