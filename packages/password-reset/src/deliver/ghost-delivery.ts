import type { DeliveryId } from '../model/ids.ts';
import type { RequestRow } from '../model/request.ts';
import { untilNextAttemptMs } from '../parts/backoff.ts';
import { takeTime } from '../parts/recent.ts';
import type { Clock } from '../ports/clock.ts';
import type { Mailer } from '../ports/mail.ts';
import type { JobQueue } from '../ports/queue.ts';
import type { DeliveryTimes, RecentDeliveries } from './recent-deliveries.ts';

/**
 * The end states of requests without a mail. Such a request enqueues a delivery like a minted one, although there is no delivery
 * row.
 */
const WITHOUT_A_MAIL: readonly string[] = ['no_account', 'ineligible', 'over_limit'];
export const endsWithoutAMail = (state: string): boolean => WITHOUT_A_MAIL.includes(state);

/** The times of a relay of ordinary speed. Used until this process has sent its first mail. */
export const BEFORE_THE_FIRST: DeliveryTimes = { beforeMs: 0, heldMs: 250, afterMs: 0, class: 'accepted' };

export interface GhostDeliveryDeps {
  readonly mailer: Pick<Mailer, 'occupy'>;
  readonly recent: Pick<RecentDeliveries, 'draw'>;
  readonly jobQueue: Pick<JobQueue, 'delivery'>;
  readonly clock: Clock;
  readonly linkTtlMs: number;
  readonly retentionMs: number;
  /** Aborted when the process is asked to stop. Ghost deliveries then end at once. */
  readonly stopping: AbortSignal;
}

export interface GhostDeliveryInput {
  readonly deliveryId: DeliveryId;
  /** A request that ended without a mail. */
  readonly request: RequestRow;
  /** How often its job was enqueued before. The ids of the jobs hold this count, because there is no row. */
  readonly attempt: number;
  /** When the worker took the job, by `performance.now()`. */
  readonly startedAt: number;
}

/**
 * The result of a ghost delivery. `again`: when its next job is due, like the next attempt of a mail that the relay has not
 * accepted.
 */
export interface Ghost {
  readonly outcome: 'ghost';
  readonly requestId: string;
  readonly attempt: number;
  readonly again?: Date;
}

/**
 * The delivery of a request that ended without a mail. It takes the time of one of the latest real deliveries, in the same order
 * and with a connection from the same pool, and sends nothing. Otherwise an attacker who fills the pool with mails to his own
 * mailbox could tell from their arrival whether the requests before them led to mails. Nothing is written, so a ghost delivery
 * may be lost. See decision 34.
 */
export const createGhostDelivery =
  ({ mailer, recent, jobQueue, clock, linkTtlMs, retentionMs, stopping }: GhostDeliveryDeps) =>
  async ({ deliveryId, request, attempt, startedAt }: GhostDeliveryInput): Promise<Ghost> => {
    const { requestId, purgeAt, acceptedAt, traceparent } = request;
    const ghost = { outcome: 'ghost', requestId, attempt: attempt + 1 } as const;
    // The times at which its link would have been minted and would have ended.
    const date = purgeAt ? new Date(purgeAt.getTime() - retentionMs) : acceptedAt;
    const deadline = new Date(date.getTime() + linkTtlMs);
    if (deadline <= clock.now()) return ghost;

    const times = recent.draw() ?? BEFORE_THE_FIRST;
    await takeTime(startedAt + times.beforeMs - performance.now(), stopping);
    const occupied = await mailer.occupy({ ms: times.heldMs, giveUp: stopping });
    await takeTime(times.afterMs, stopping);

    const result = occupied ? times.class : 'transient';
    if (stopping.aborted || result === 'accepted') return ghost;

    // The results of the earlier attempts were not stored. A relay in trouble mostly answers the same again, so they count as
    // equal to this one.
    const attempts = Array.from({ length: attempt }, () => ({ class: result }));
    const now = clock.now();
    const again = new Date(
      now.getTime() + untilNextAttemptMs({ attemptsMade: attempt + 1, attempts, date }, result, now),
    );
    if (again >= deadline) return ghost;
    await jobQueue
      .delivery({ id: deliveryId, attempt: attempt + 1, dueAt: again, traceparent })
      .catch(() => undefined);
    return { ...ghost, again };
  };
