import type { DeliveryId } from '../model/ids.ts';
import type { RequestRow } from '../model/request.ts';
import { untilNextAttemptMs } from '../parts/backoff.ts';
import { takeTime } from '../parts/recent.ts';
import type { Clock } from '../ports/clock.ts';
import type { Mailer } from '../ports/mail.ts';
import type { JobQueue } from '../ports/queue.ts';
import type { DeliveryTimes, RecentDeliveries } from './recent-deliveries.ts';

/** A request that ends in one of these enqueues a delivery as a minted one does, although there is no delivery row. */
const WITHOUT_A_MAIL: readonly string[] = ['no_account', 'ineligible', 'over_limit'];
export const endsWithoutAMail = (state: string): boolean => WITHOUT_A_MAIL.includes(state);

/** A relay of ordinary speed. A process knows its own from its first mail on. */
export const BEFORE_THE_FIRST: DeliveryTimes = { beforeMs: 0, heldMs: 250, afterMs: 0, class: 'accepted' };

export interface GhostDeliveryDeps {
  readonly mailer: Pick<Mailer, 'occupy'>;
  readonly recent: Pick<RecentDeliveries, 'draw'>;
  readonly jobQueue: Pick<JobQueue, 'delivery'>;
  readonly clock: Clock;
  readonly linkTtlMs: number;
  readonly retentionMs: number;
  /** Aborted when the process is asked to stop: nobody waits for a ghost. */
  readonly stopping: AbortSignal;
}

export interface GhostDeliveryInput {
  readonly deliveryId: DeliveryId;
  /** A request that ended without a mail. */
  readonly request: RequestRow;
  /** How often it was enqueued before; counted in the ids of the jobs, since there is no row. */
  readonly attempt: number;
  /** By `performance.now()`: when the worker took it up. */
  readonly startedAt: number;
}

/** `again`: when it comes back, as a mail would that the relay has not accepted. */
export interface Ghost {
  readonly outcome: 'ghost';
  readonly requestId: string;
  readonly attempt: number;
  readonly again?: Date;
}

/**
 * The delivery of a request that ended without a mail: it takes of the worker what one of the latest real deliveries took,
 * in the same order and out of the same pool, and sends nothing. Otherwise whoever fills the pool with mails to himself
 * could read from their arrival whether the requests before them led to mails. Nothing is written, so a ghost may be lost.
 */
export const createGhostDelivery =
  ({ mailer, recent, jobQueue, clock, linkTtlMs, retentionMs, stopping }: GhostDeliveryDeps) =>
  async ({ deliveryId, request, attempt, startedAt }: GhostDeliveryInput): Promise<Ghost> => {
    const { requestId, purgeAt, acceptedAt, traceparent } = request;
    const ghost = { outcome: 'ghost', requestId, attempt: attempt + 1 } as const;
    // When its link would have been made, and when it would have ended.
    const date = purgeAt ? new Date(purgeAt.getTime() - retentionMs) : acceptedAt;
    const deadline = new Date(date.getTime() + linkTtlMs);
    if (deadline <= clock.now()) return ghost;

    const times = recent.draw() ?? BEFORE_THE_FIRST;
    await takeTime(startedAt + times.beforeMs - performance.now(), stopping);
    const occupied = await mailer.occupy({ ms: times.heldMs, giveUp: stopping });
    await takeTime(times.afterMs, stopping);

    const result = occupied ? times.class : 'transient';
    if (stopping.aborted || result === 'accepted') return ghost;

    // What the earlier attempts came to was not kept: a relay in trouble mostly says the same again.
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
