import type { DueWork } from '../model/due-work.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobQueue, QueueState } from '../ports/queue.ts';
import type { Backlog, Leases } from '../ports/store.ts';

export interface ReconcileDeps {
  readonly backlog: Backlog;
  readonly leases: Leases;
  readonly queue: QueueState;
  readonly jobQueue: JobQueue;
  readonly clock: Clock;
  /** Identifies this worker among those that could be the reconciler. */
  readonly owner: string;
  readonly reconcileAfterMs: number;
}

/**
 * standby: another worker is the reconciler. skipped: too many jobs of both kinds wait already (`depth` in all), so more jobs
 * would not help.
 */
export type ReconcileOutcome =
  | { readonly outcome: 'standby' }
  | { readonly outcome: 'skipped'; readonly depth: number }
  /**
   * `recovered`: rows whose job was missing and has been enqueued again. Rows of a kind of which too many jobs wait are left out.
   */
  | { readonly outcome: 'done'; readonly recovered: readonly DueWork[] };

/**
 * Upper bound for the rows of one round. While more jobs of a kind wait than this, that kind gets no new ones: its workers are
 * slow then, and its jobs are not lost.
 */
export const RECONCILE_BATCH = 1_000;
/** Milliseconds. Short, so that a reconciler that was killed is soon replaced. */
const RECONCILE_LEASE_MS = 5_000;

/** Enqueues a new job for each row that is due and has none. One worker at a time does this, by a lease row. */
export const createReconcile = ({
  backlog,
  leases,
  queue,
  jobQueue,
  clock,
  owner,
  reconcileAfterMs,
}: ReconcileDeps) => {
  let position: Position = OLDEST;

  return async (): Promise<ReconcileOutcome> => {
    const now = clock.now();
    const until = new Date(now.getTime() + RECONCILE_LEASE_MS);
    if (!(await leases.hold({ name: 'reconciler', owner, now, until }))) return { outcome: 'standby' };

    const depths = { request: await queue.depth('request'), delivery: await queue.depth('delivery') };
    if (Math.min(depths.request, depths.delivery) > RECONCILE_BATCH)
      return { outcome: 'skipped', depth: depths.request + depths.delivery };

    const before = new Date(now.getTime() - reconcileAfterMs);
    const recovered: DueWork[] = [];
    const due = await backlog.due({ before, limit: RECONCILE_BATCH, ...position });
    for (const work of due) {
      const { kind, id, attempt, traceparent } = work;
      if (depths[kind] > RECONCILE_BATCH || (await queue.has(kind, { id, attempt }))) continue;
      await jobQueue[kind]({ id, attempt, dueAt: now, traceparent });
      recovered.push(work);
    }
    position = positionAfter(due, position);
    return { outcome: 'done', recovered };
  };
};

/**
 * Where the next round goes on: with the rows that are due at `from` or later, without the first `skip` of them. Thus rows whose
 * jobs only wait do not hide the rows behind them for long. A count from the oldest row would grow with the backlog, until the
 * database could not read that far in time and no row would be found any more.
 */
interface Position {
  readonly from?: Date;
  readonly skip: number;
}

const OLDEST: Position = { skip: 0 };

const positionAfter = (due: readonly DueWork[], { from, skip }: Position): Position => {
  const last = due.at(-1)?.dueAt;
  if (!last || due.length < RECONCILE_BATCH) return OLDEST;

  const sameMoment = due.filter(({ dueAt }) => dueAt.getTime() === last.getTime()).length;
  return { from: last, skip: from?.getTime() === last.getTime() ? skip + sameMoment : sameMoment };
};
