import { DuplicateError } from '../../src/errors.ts';
import type { RequestRow } from '../../src/model/request.ts';
import type { Requests } from '../../src/ports/store.ts';
import type { MemoryRows } from './memory-rows.ts';

type Row = RequestRow;
const ENDED = { address: null, seed: null, leaseId: null, leaseUntil: null, dueAt: null } as const;

export const memoryRequests = (rows: () => MemoryRows): Requests => {
  const change = (
    id: string,
    holds: (row: Row) => boolean,
    next: (row: Row) => Partial<Row>,
  ): Row | undefined => {
    const row = rows().requests.get(id);
    if (!row || !holds(row)) return undefined;
    const changed = { ...row, ...next(row) };
    rows().requests.set(id, changed);
    return changed;
  };
  const held = (leaseId: string) => (row: Row) => row.state === 'claimed' && row.leaseId === leaseId;

  return {
    accept: async (row) => {
      if (rows().requests.has(row.requestId)) throw new DuplicateError('request id taken');
      rows().requests.set(row.requestId, {
        ...row,
        state: 'accepted',
        reason: null,
        userId: null,
        seed: null,
        kid: null,
        attemptsMade: 0,
        leaseId: null,
        leaseUntil: null,
        purgeAt: null,
      });
    },
    find: async (requestId) => rows().requests.get(requestId),
    claim: async ({ requestId, leaseId, now, leaseUntil, dueAt }) =>
      change(
        requestId,
        (row) => row.state === 'accepted' || (row.state === 'claimed' && (row.leaseUntil ?? now) <= now),
        (row) => ({ state: 'claimed', leaseId, leaseUntil, dueAt, attemptsMade: row.attemptsMade + 1 }),
      ),
    defer: async ({ requestId, leaseId, dueAt }) =>
      change(requestId, held(leaseId), () => ({
        state: 'accepted',
        leaseId: null,
        leaseUntil: null,
        dueAt,
      })) !== undefined,
    settle: async ({ requestId, leaseId, state, reason, userId, purgeAt }) =>
      change(requestId, held(leaseId), () => ({ ...ENDED, state, reason, userId, purgeAt })) !== undefined,
    mint: async ({ requestId, leaseId, userId, seed, kid, dueAt }) =>
      change(requestId, held(leaseId), () => ({
        state: 'minted',
        address: null,
        leaseId: null,
        leaseUntil: null,
        userId,
        seed,
        kid,
        dueAt,
      })) !== undefined,
    redeem: async ({ requestId, purgeAt }) =>
      change(
        requestId,
        (row) => row.state === 'minted',
        () => ({ ...ENDED, state: 'redeemed', purgeAt }),
      ) !== undefined,
    expireLink: async ({ requestId, now, purgeAt }) =>
      change(
        requestId,
        (row) => row.state === 'minted' && row.dueAt !== null && row.dueAt <= now,
        () => ({ ...ENDED, state: 'link_expired', purgeAt }),
      ) !== undefined,
    eraseSeed: async (requestId) => {
      change(
        requestId,
        () => true,
        () => ({ seed: null }),
      );
    },
  };
};
