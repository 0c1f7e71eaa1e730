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

/** Then the news goes out without it: a database that is back and still has no time for sessions has none tomorrow either. */
const SESSIONS_FIRST_MS = 15 * 60_000;

/** What there was left to do for a reset's sessions, and how it went. */
export type EndLateSessionsOutcome =
  /** Nothing: the API did it before it answered, as it nearly always does. */
  | { readonly outcome: 'none' }
  | { readonly outcome: 'ended'; readonly sessionsRevoked: number }
  /** Not now; the notice waits until `at`, since nobody would come back for the sessions after it. */
  | { readonly outcome: 'postponed'; readonly at: Date; readonly error: unknown }
  /** The database answered and refused, such as for want of a right, or had no time in 15 minutes. The news goes out. */
  | { readonly outcome: 'failed'; readonly error: unknown };

/**
 * Ends the sessions that a login opened while a reset was being written, where the API could not: the answer of its commit was
 * lost, or it died. Called before the notice of that reset is sent; safe to call any number of times. Throws `UnavailableError`
 * while the database is away altogether.
 */
export const createEndLateSessions = ({ store, clock }: EndLateSessionsDeps) => {
  const postpone = async (notice: DeliveryRow, error: unknown): Promise<EndLateSessionsOutcome> => {
    const now = clock.now();
    if (now.getTime() - notice.date.getTime() > SESSIONS_FIRST_MS) return { outcome: 'failed', error };

    const { deliveryId, attemptsMade } = notice;
    const at = new Date(now.getTime() + postponeMs(notice, now));
    // Without a row of it there is nothing to postpone: somebody else has it, and will look as well.
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
