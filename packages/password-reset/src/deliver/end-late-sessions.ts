import { UnavailableError } from '../errors.ts';
import type { DeliveryRow } from '../model/delivery.ts';
import type { DeliveryId } from '../model/ids.ts';
import { postponeMs } from '../parts/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';

export interface EndLateSessionsDeps {
  readonly store: Pick<Store, 'deliveries' | 'sessions'>;
  readonly clock: Clock;
}

/**
 * How long, in milliseconds, a notice waits for its sessions. Then it leaves without them: a database that answers but could not
 * end them in 15 minutes will not do so later either (decision 43).
 */
const SESSIONS_FIRST_MS = 15 * 60_000;

/** What was left to do for the sessions of a reset, and its result. */
export type EndLateSessionsOutcome =
  /** Nothing was left: the API ended the sessions before it answered (the normal case), or the delivery is no notice. */
  | { readonly outcome: 'none' }
  | { readonly outcome: 'ended'; readonly sessionsRevoked: number }
  /** The sessions could not be ended now. The notice waits until `at`, because no later step would end them. */
  | { readonly outcome: 'postponed'; readonly at: Date; readonly error: unknown }
  /**
   * The database answered and refused (for instance because a right is missing), or it had no time in 15 minutes. The notice is
   * sent.
   */
  | { readonly outcome: 'failed'; readonly error: unknown };

/**
 * Ends the sessions that a login opened while a reset was being written, if the API could not: the answer to its commit was lost,
 * or its process ended. Called before the notice of that reset is sent; may be called any number of times. Rejects with
 * `UnavailableError` while the database does not answer at all.
 */
export const createEndLateSessions = ({ store, clock }: EndLateSessionsDeps) => {
  const postpone = async (notice: DeliveryRow, error: unknown): Promise<EndLateSessionsOutcome> => {
    const now = clock.now();
    if (now.getTime() - notice.date.getTime() > SESSIONS_FIRST_MS) return { outcome: 'failed', error };

    const { deliveryId, attemptsMade } = notice;
    const at = new Date(now.getTime() + postponeMs(notice, now));
    // The result does not matter: if there was nothing to postpone, another worker has the notice and will look at the sessions
    // as well.
    await store.deliveries.postpone({ deliveryId, attemptsMade, now, dueAt: at });
    return { outcome: 'postponed', at, error };
  };

  return async ({ deliveryId }: { deliveryId: DeliveryId }): Promise<EndLateSessionsOutcome> => {
    const notice = await store.deliveries.find(deliveryId);
    if (!notice?.endSessions) return { outcome: 'none' };

    try {
      const sessionsRevoked = await store.sessions.revokeAll(notice.userId);
      await store.deliveries.sessionsEnded(deliveryId);
      return { outcome: 'ended', sessionsRevoked };
    } catch (error) {
      return error instanceof UnavailableError ? postpone(notice, error) : { outcome: 'failed', error };
    }
  };
};
