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
  /** Names this worker among those that could do the duty. */
  readonly owner: string;
  readonly reconcileAfterMs: number;
}

/** standby: another worker has the duty. skipped: `depth` jobs wait already, too many of both kinds, so more jobs would not help. */
export type ReconcileOutcome =
  | { readonly outcome: 'standby' }
  | { readonly outcome: 'skipped'; readonly depth: number }
  /** `recovered`: rows whose job was missing and has been added again; none of a kind of which too many jobs wait. */
  | { readonly outcome: 'done'; readonly recovered: readonly DueWork[] };

/** At most so many rows a round, and none of a kind while more of its jobs than this wait: its queue is slow then, not deaf. */
export const RECONCILE_BATCH = 1_000;
/** Short, so that a killed holder is replaced before anyone notices. */
const RECONCILE_LEASE_MS = 5_000;

/** Enqueues a new job for each row that is due and has none. One worker at a time, by a lease row. */
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
 * Where the next round goes on, so that a batch of rows whose jobs only wait hides nobody behind it for long: at a moment,
 * after so many of the rows that are due then. A count from the oldest row would grow with the backlog until the database
 * could not read that far in time, and then no row would ever be found again.
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
