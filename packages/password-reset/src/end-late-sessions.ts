import { UnavailableError } from './errors.ts';
import type { DeliveryId } from './model.ts';
import type { Store } from './ports.ts';

export interface EndLateSessionsDeps {
  readonly store: Pick<Store, 'deliveries' | 'sessions'>;
}

/** What there was left to do for a reset's sessions, and how it went. */
export type EndLateSessionsOutcome =
  /** Nothing: the API did it before it answered, as it nearly always does. */
  | { readonly outcome: 'none' }
  | { readonly outcome: 'ended'; readonly sessionsRevoked: number }
  /** The database answered and refused, such as for want of a right. No reason to keep the news back. */
  | { readonly outcome: 'failed'; readonly error: unknown };

/**
 * Ends the sessions that a login opened while a reset was being written, where the API could not: the answer of its commit was
 * lost, or it died. Called before the notice of that reset is sent; safe to call any number of times. Throws `UnavailableError`
 * while the database is away: then the notice waits, too, since nobody would come back for the sessions after it.
 */
export const createEndLateSessions =
  ({ store }: EndLateSessionsDeps) =>
  async ({ deliveryId }: { deliveryId: DeliveryId }): Promise<EndLateSessionsOutcome> => {
    const notice = await store.deliveries.find(deliveryId);
    if (!notice?.endSessions) return { outcome: 'none' };

    try {
      const sessionsRevoked = await store.sessions.revokeAll(notice.userId);
      await store.deliveries.sessionsEnded(deliveryId);
      return { outcome: 'ended', sessionsRevoked };
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      return { outcome: 'failed', error };
    }
  };
