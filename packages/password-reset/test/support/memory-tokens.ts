import { DuplicateError } from '../../src/errors.ts';
import type { TokenRow } from '../../src/model/token.ts';
import type { Tokens } from '../../src/ports/store.ts';
import type { MemoryRows } from './memory-rows.ts';

const UNRESERVED = { busyUntil: null, reservationId: null } as const;

export const memoryTokens = (rows: () => MemoryRows): Tokens => {
  const open = (row: TokenRow): boolean => !row.redeemedAt && !row.voidedAt;
  const change = (
    hash: string,
    holds: (row: TokenRow) => boolean,
    next: (row: TokenRow) => Partial<TokenRow>,
  ) => {
    const row = rows().tokens.get(hash);
    if (!row || !holds(row)) return undefined;
    const changed = { ...row, ...next(row) };
    rows().tokens.set(hash, changed);
    return changed;
  };

  return {
    insert: async (row) => {
      if (rows().tokens.has(row.tokenHash)) throw new DuplicateError('token hash taken');
      rows().tokens.set(row.tokenHash, {
        ...row,
        attemptsMade: 0,
        busyUntil: null,
        reservationId: null,
        redeemedAt: null,
        voidedAt: null,
        voidReason: null,
      });
    },
    find: async (tokenHash) => rows().tokens.get(tokenHash),
    latestOf: async ({ userId, endingAfter, limit }) =>
      [...rows().tokens.values()]
        .filter((row) => row.userId === userId && row.expiresAt > endingAfter)
        .sort((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime())
        .slice(0, limit),
    reserve: async ({ tokenHash, reservationId, now, busyUntil, maxAttempts }) =>
      change(
        tokenHash,
        (row) =>
          open(row) &&
          row.expiresAt > now &&
          row.attemptsMade < maxAttempts &&
          (row.busyUntil === null || row.busyUntil <= now),
        (row) => ({ attemptsMade: row.attemptsMade + 1, busyUntil, reservationId }),
      )?.attemptsMade,
    release: async ({ tokenHash, reservationId, cost }) =>
      change(
        tokenHash,
        (row) => open(row) && row.reservationId === reservationId,
        (row) => ({ ...UNRESERVED, attemptsMade: row.attemptsMade - 1 + cost }),
      ) !== undefined,
    redeem: async ({ tokenHash, reservationId, at }) =>
      change(
        tokenHash,
        (row) => open(row) && row.expiresAt > at && row.reservationId === reservationId,
        () => ({ redeemedAt: at, ...UNRESERVED }),
      ) !== undefined,
    void: async ({ tokenHash, reason, at }) =>
      change(tokenHash, open, () => ({ voidedAt: at, voidReason: reason, ...UNRESERVED })) !== undefined,
    voidOthers: async ({ userId, except, reason, at }) => {
      const others = [...rows().tokens.values()].filter(
        (row) => row.userId === userId && row.tokenHash !== except && open(row) && row.expiresAt > at,
      );
      for (const { tokenHash } of others)
        change(tokenHash, open, () => ({ voidedAt: at, voidReason: reason, ...UNRESERVED }));
      return others.length;
    },
  };
};
