import { endsWithoutAMail } from '../deliver/ghost-delivery.ts';
import type { RequestId } from '../model/ids.ts';
import type { IneligibleReason, RequestRow, RequestState } from '../model/request.ts';
import { chooseAccount, whyIneligible } from '../parts/account.ts';
import { backoffMs, LOOKUP_BACKOFF } from '../parts/backoff.ts';
import { leaseTimes } from '../parts/lease.ts';
import { newLeaseId } from '../parts/random.ts';
import { createRecent, takeTime } from '../parts/recent.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobQueue } from '../ports/queue.ts';
import type { Requests, Store } from '../ports/store.ts';
import type { ExpireLink, ExpireLinkOutcome } from './expire-link.ts';
import { type MintLink, type MintLinkOutcome, resetDeliveryId } from './mint-link.ts';
import { requestedEvent } from './requested-event.ts';

export interface ProcessRequestDeps {
  readonly store: Store;
  readonly mintLink: MintLink;
  readonly expireLink: ExpireLink;
  readonly jobQueue: JobQueue;
  readonly clock: Clock;
  /** REQUEST_DEADLINE: an older request ends as `expired`, without a mail. */
  readonly requestDeadlineMs: number;
  readonly retentionMs: number;
  readonly reconcileAfterMs: number;
  /** Aborted when the process is asked to stop. A request that has ended without a mail then gives up its slot at once. */
  readonly stopping: AbortSignal;
}

/** The result of a request's job. */
export type ProcessRequestOutcome =
  | MintLinkOutcome
  | ExpireLinkOutcome
  | { readonly outcome: 'no_account' | 'expired' }
  | { readonly outcome: 'ineligible'; readonly reason: IneligibleReason }
  /** Another worker has the row, or the row has ended: the caller drops the work. */
  | { readonly outcome: 'lost'; readonly state: RequestState | 'gone' }
  | { readonly outcome: 'not_due'; readonly at: Date }
  /** The work failed. The row is due again at `at`, or, if this could not be written, when its lease expires. */
  | { readonly outcome: 'deferred'; readonly at: Date; readonly error: unknown };

type Ending = Omit<Parameters<Requests['settle']>[0], 'requestId' | 'leaseId' | 'purgeAt'>;

/**
 * Looks up the account of a request and mints a link for it, if it may have one. Closes a minted request whose link has ended.
 */
export const createProcessRequest = ({
  store,
  mintLink,
  expireLink,
  jobQueue,
  clock,
  requestDeadlineMs,
  retentionMs,
  reconcileAfterMs,
  stopping,
}: ProcessRequestDeps) => {
  const mintTimes = createRecent<number>();
  const purgeAt = (now: Date): Date => new Date(now.getTime() + retentionMs);

  const processRequest = async ({ requestId }: { requestId: RequestId }): Promise<ProcessRequestOutcome> => {
    const startedAt = performance.now();
    const now = clock.now();
    const seen = await store.requests.find(requestId);
    if (!seen) return { outcome: 'lost', state: 'gone' };
    if (seen.state === 'minted') return expireLink(seen);
    if (seen.state === 'accepted' && seen.dueAt && seen.dueAt > now)
      return { outcome: 'not_due', at: seen.dueAt };

    const leaseId = newLeaseId();
    const row = await store.requests.claim({ requestId, leaseId, now, ...leaseTimes(now, reconcileAfterMs) });
    if (!row) return { outcome: 'lost', state: seen.state };

    try {
      const identified = await identify(row, leaseId);
      await takeAsLong(row, startedAt, identified);
      await enqueueDelivery(row, identified);
      return identified;
    } catch (error) {
      return defer(row, leaseId, error);
    }
  };

  /** A request without a mail keeps its slot in the worker as long as one of the latest minted requests did (decision 34). */
  const takeAsLong = async (
    { requestId }: RequestRow,
    startedAt: number,
    { outcome }: ProcessRequestOutcome,
  ): Promise<void> => {
    const tookMs = performance.now() - startedAt;
    if (outcome === 'minted') mintTimes.remember(requestId, tookMs);
    if (endsWithoutAMail(outcome)) await takeTime((mintTimes.draw() ?? 0) - tookMs, stopping);
  };

  /**
   * Enqueues the same job whether there is a mail or not, so that neither the queue nor its depth shows the difference; see
   * `ghost-delivery.ts`.
   */
  const enqueueDelivery = async (row: RequestRow, identified: ProcessRequestOutcome): Promise<void> => {
    const { outcome } = identified;
    if (outcome !== 'minted' && !endsWithoutAMail(outcome)) return;

    const { requestId, traceparent } = row;
    const dueAt = outcome === 'minted' ? identified.dueAt : clock.now();
    await jobQueue
      .delivery({ id: resetDeliveryId(requestId), attempt: 0, dueAt, traceparent })
      .catch(() => undefined);
  };

  const identify = async (row: RequestRow, leaseId: string): Promise<ProcessRequestOutcome> => {
    const now = clock.now();
    const end = (ending: Ending): Promise<boolean> => settle(row, leaseId, ending);
    const lost = { outcome: 'lost', state: 'claimed' } as const;

    if (row.address === null || row.acceptedAt.getTime() + requestDeadlineMs < now.getTime()) {
      return (await end({ state: 'expired', reason: null, userId: null })) ? { outcome: 'expired' } : lost;
    }

    const chosen = chooseAccount(row.address, await store.users.findByAddress(row.address));
    if (chosen.outcome === 'none') {
      return (await end({ state: 'no_account', reason: null, userId: null }))
        ? { outcome: 'no_account' }
        : lost;
    }

    const account = chosen.outcome === 'one' ? chosen.account : undefined;
    const reason = account ? whyIneligible(account) : 'ambiguous_account';
    if (!account || reason) {
      const why = reason ?? 'ambiguous_account';
      const ended = await end({ state: 'ineligible', reason: why, userId: account?.userId ?? null });
      return ended ? { outcome: 'ineligible', reason: why } : lost;
    }

    return mintLink({ row, leaseId, account });
  };

  const settle = (row: RequestRow, leaseId: string, ending: Ending): Promise<boolean> =>
    store.transaction(async (tx) => {
      const now = clock.now();
      const { requestId } = row;
      const won = await tx.requests.settle({ requestId, leaseId, ...ending, purgeAt: purgeAt(now) });
      if (won) await tx.audit.record(requestedEvent(row, ending.reason ?? ending.state, ending.userId));
      return won;
    });

  const defer = async (row: RequestRow, leaseId: string, error: unknown): Promise<ProcessRequestOutcome> => {
    const { requestId, attemptsMade, traceparent } = row;
    const at = new Date(clock.now().getTime() + backoffMs(attemptsMade, LOOKUP_BACKOFF));
    try {
      const won = await store.requests.defer({ requestId, leaseId, dueAt: at });
      if (!won) return { outcome: 'lost', state: 'claimed' };
      await jobQueue.request({ id: requestId, attempt: attemptsMade, dueAt: at, traceparent });
    } catch {
      // If the database is away, the lease expires; if Redis is away, the row stays due. In both cases the reconciler enqueues a
      // new job.
    }
    return { outcome: 'deferred', at, error };
  };

  return processRequest;
};
