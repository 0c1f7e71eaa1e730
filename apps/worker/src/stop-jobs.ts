import type { QueueWorker } from '@latchkey/queue';
import type { Reconciler } from './reconciler.ts';

/**
 * Takes no more jobs and waits until the running ones end, at most `timeoutMs` for each queue.
 *
 * @throws Error if a job still runs after that time. Its row waits until its lease expires, and a mail may come twice, so the
 * process must not report a clean stop.
 */
export const stopJobs = async ({
  reconciler,
  workers,
  timeoutMs,
}: {
  reconciler: Pick<Reconciler, 'stop'>;
  workers: readonly Pick<QueueWorker, 'close'>[];
  timeoutMs: number;
}): Promise<void> => {
  const [finished] = await Promise.all([
    Promise.all(workers.map((worker) => worker.close(timeoutMs))),
    reconciler.stop(),
  ]);

  if (finished.includes(false))
    throw new Error('jobs were still running after the time limit of the shutdown');
};
