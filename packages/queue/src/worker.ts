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
 * What became of a job. `later`: too early. `not_mine`: this worker lacks what it takes, another may have it. Both go back
 * untouched, and no attempt is counted.
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
  /** Must be safe to call twice for one id at the same time: the row's fence decides, not the queue. */
  readonly handle: (job: QueuedJob) => Promise<HandlerResult>;
  /** Enqueues this worker's heartbeats. */
  readonly producer: Pick<Producer, 'heartbeat'>;
  readonly enginesAnswer?: () => Promise<boolean>;
  /** Called once when this worker finds that it no longer consumes; the process should end and start afresh. */
  readonly onStuck: (stalledForMs: number) => void;
  readonly log: Log;
  /** The clock of the rows: a delayed job is due by it, not by this machine's wall clock. */
  readonly clock: Clock;
  /** Counts milliseconds and is never set; for tests that cannot wait. */
  readonly elapsedMs?: () => number;
  readonly random?: () => number;
  readonly heartbeatMs?: number;
}

/** A worker that runs until it is closed. */
export interface QueueWorker {
  readonly id: string;
  readonly lastFinishedAt: Date | null;
  /**
   * False when it finished nothing for 30 s although Redis answers and there was work, or could enqueue no heartbeat for so
   * long: a Redis that answers every question and refuses every write looks healthy from everywhere else.
   */
  consumes(): boolean;
  /** Fetches nothing more and lets running jobs finish, but no longer than `timeoutMs`; true when they did. */
  close(timeoutMs: number): Promise<boolean>;
}

/** Clocks differ by a little; without a floor a job that is 1 ms early would spin. */
const SOONEST_LATER_MS = 50;

/** Serves one queue, waiting for Redis however long it is away. Starts at once. */
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
      // Renewed every half of it, so it only bounds how long a killed worker's jobs stay locked: 20 s plus two looks at
      // 10 s bring them back well inside two minutes, and a stall of our event loop of up to 10 s costs nothing.
      lockDuration: 20_000,
      stalledInterval: 10_000,
      // After a second kill BullMQ fails the job for good, whatever the number. That ends a job that kills its worker, and
      // the row, still due, gets a fresh one from the reconciler.
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
    // The connection has said so already.
    if (isNetworkError(error)) return;
    if (isRefusal(error)) return refusal.down(error);
    // BullMQ's own messages name a job id and what went wrong with its lock; a late worker is expected to see them.
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

      // close() waits for ever when Redis is away; what matters is that the jobs have finished, so once they have it
      // gets a moment to tell Redis.
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

/** Goes into the queue's event stream, so it says what kind of error it was and nothing of what it was about. */
const scrubbed = (error: unknown): Error => {
  const safe = new Error(errorCode(error));
  safe.stack = safe.message;
  return safe;
};
