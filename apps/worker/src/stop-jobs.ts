import type { QueueWorker } from '@latchkey/queue';
import type { Reconciler } from './reconciler.ts';

/**
 * Takes no more work and lets what runs finish, each queue for `timeoutMs` at most.
 *
 * @throws when a job was still running then: its row waits for its lease to expire, and a mail may come twice, so the process
 * must not say that it stopped as it was asked to.
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

  if (finished.includes(false)) throw new Error('jobs were still running when their time was up');
};
