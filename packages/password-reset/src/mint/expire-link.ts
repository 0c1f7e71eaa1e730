import type { RequestRow, RequestState } from '../model/request.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { requestedEvent } from './requested-event.ts';

export interface ExpireLinkDeps {
  readonly store: Pick<Store, 'transaction'>;
  readonly clock: Clock;
  readonly retentionMs: number;
}

/** `lost`: the link has not ended yet, or another process has closed the request. */
export type ExpireLinkOutcome =
  | { readonly outcome: 'link_expired' }
  | { readonly outcome: 'lost'; readonly state: RequestState };

export type ExpireLink = (row: RequestRow) => Promise<ExpireLinkOutcome>;

/** Closes a request whose link was not redeemed before its end: erases the seed and writes an audit row. */
export const createExpireLink =
  ({ store, clock, retentionMs }: ExpireLinkDeps): ExpireLink =>
  async (row) => {
    const { requestId, dueAt, state, userId } = row;
    const now = clock.now();
    if (!dueAt || dueAt > now) return { outcome: 'lost', state };

    const expired = await store.transaction(async (tx) => {
      const purgeAt = new Date(now.getTime() + retentionMs);
      const won = await tx.requests.expireLink({ requestId, now, purgeAt });
      if (won)
        await tx.audit.record({ ...requestedEvent(row, 'link_expired', userId), event: 'expired', at: now });
      return won;
    });
    return expired ? { outcome: 'link_expired' } : { outcome: 'lost', state };
  };
