import { setTimeout as sleep } from 'node:timers/promises';
import type { ReconcileOutcome } from '@latchkey/password-reset';
import type { Log } from '@latchkey/runtime';
import type { WorkerMetrics } from './metrics.ts';

export interface ReconcilerDeps {
  readonly reconcile: () => Promise<ReconcileOutcome>;
  readonly log: Log;
  readonly metrics: Pick<WorkerMetrics, 'recovered' | 'rounds'>;
  readonly intervalMs?: number;
  /** Returns a number from 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

export interface Reconciler {
  /** Runs one round. Never rejects. */
  round(): Promise<void>;
  start(): void;
  /** Starts no further round. Resolves when the running one has ended. */
  stop(): Promise<void>;
}

const INTERVAL_MS = 1_000;
/**
 * Pause after a failed round, in intervals. It is longer than the lease of the reconciler (5 s). Otherwise a worker that is cut
 * off from Redis only would renew the lease with every failed round, and no worker would enqueue the lost jobs.
 */
const PAUSE_AFTER_FAILURE = 8;

/** Regularly calls the core to find due rows without a job. A round starts only after the one before has ended. */
export const createReconciler = ({
  reconcile,
  log,
  metrics,
  intervalMs = INTERVAL_MS,
  random = Math.random,
}: ReconcilerDeps): Reconciler => {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let failing = false;

  const round = async (): Promise<void> => {
    try {
      const result = await reconcile();
      metrics.rounds.inc({ outcome: result.outcome });
      if (result.outcome === 'done') countRecovered(result.recovered);
      if (failing) log.info({ event: 'reconciler.works' }, 'the reconciler works again');
      failing = false;
    } catch (error) {
      metrics.rounds.inc({ outcome: 'failed' });
      if (!failing) log.warn({ event: 'reconciler.failed', err: error }, 'the reconciler cannot work');
      failing = true;
    }
  };

  const countRecovered = (recovered: (ReconcileOutcome & { outcome: 'done' })['recovered']): void => {
    if (recovered.length === 0) return;

    const reasons: Record<string, number> = {};
    for (const { reason } of recovered) {
      metrics.recovered.inc({ reason });
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
    log.info({ event: 'reconciler.woke', ...reasons }, 'due rows that had no job got a new one');
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await round();
      // The pause varies by 20 % each way, so that workers started together do not run their rounds together.
      const pauseMs = intervalMs * (0.8 + 0.4 * random()) * (failing ? PAUSE_AFTER_FAILURE : 1);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  return {
    round,
    start: () => {
      running = loop();
    },
    stop: () => {
      stopping.abort();
      return running;
    },
  };
};
