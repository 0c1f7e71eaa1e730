import { DuplicateError } from '../../src/errors.ts';
import type { DeliveryRow } from '../../src/model/delivery.ts';
import type { Deliveries } from '../../src/ports/store.ts';
import type { MemoryRows } from './memory-rows.ts';

type Row = DeliveryRow & { purgeAt: Date | null };
const ENDED = { to: null, name: null, leaseId: null, leaseUntil: null, dueAt: null } as const;

export const memoryDeliveries = (rows: () => MemoryRows): Deliveries => {
  const change = (
    id: string,
    holds: (row: Row) => boolean,
    next: (row: Row) => Partial<Row>,
  ): Row | undefined => {
    const row = rows().deliveries.get(id);
    if (!row || !holds(row)) return undefined;
    const changed = { ...row, ...next(row) };
    rows().deliveries.set(id, changed);
    return changed;
  };
  const held = (leaseId: string) => (row: Row) => row.state === 'sending' && row.leaseId === leaseId;
  const waiting = ({ state }: Row): boolean =>
    state === 'pending' || state === 'deferred' || state === 'ambiguous';
  const abandoned = (row: Row, now: Date): boolean =>
    row.state === 'sending' && (row.leaseUntil ?? now) <= now;

  return {
    insert: async (row) => {
      if (rows().deliveries.has(row.deliveryId)) throw new DuplicateError('delivery id taken');
      rows().deliveries.set(row.deliveryId, {
        ...row,
        state: 'pending',
        reason: null,
        attemptsMade: 0,
        attempts: [],
        messageId: null,
        templateVersion: null,
        leaseId: null,
        leaseUntil: null,
        endSessions: row.endSessions ?? false,
        purgeAt: null,
      });
    },
    find: async (deliveryId) => rows().deliveries.get(deliveryId),
    statesOf: async (deliveryIds) =>
      new Map(
        deliveryIds.flatMap((id) => {
          const row = rows().deliveries.get(id);
          return row ? [[id, row.state]] : [];
        }),
      ),
    claim: async ({ deliveryId, leaseId, now, leaseUntil, dueAt, messageId, templateVersion }) =>
      change(
        deliveryId,
        (row) => (waiting(row) && row.dueAt !== null && row.dueAt <= now) || abandoned(row, now),
        (row) => ({
          state: 'sending',
          leaseId,
          leaseUntil,
          dueAt,
          messageId,
          templateVersion,
          attemptsMade: row.attemptsMade + 1,
        }),
      ),
    settle: async ({ deliveryId, leaseId, state, reason, attempt, purgeAt }) =>
      change(deliveryId, held(leaseId), (row) => ({
        ...ENDED,
        state,
        reason,
        purgeAt,
        attempts: [...row.attempts, attempt],
      })) !== undefined,
    retry: async ({ deliveryId, leaseId, state, dueAt, attempt }) =>
      change(deliveryId, held(leaseId), (row) => ({
        state,
        dueAt,
        leaseId: null,
        leaseUntil: null,
        attempts: [...row.attempts, attempt],
      })) !== undefined,
    postpone: async ({ deliveryId, attemptsMade, now, dueAt }) =>
      change(
        deliveryId,
        (row) =>
          row.attemptsMade === attemptsMade &&
          ((waiting(row) && row.dueAt !== null && row.dueAt <= now) || abandoned(row, now)),
        () => ({ dueAt }),
      ) !== undefined,
    dismiss: async ({ deliveryId, attemptsMade, now, state, reason, purgeAt }) =>
      change(
        deliveryId,
        (row) => row.attemptsMade === attemptsMade && (waiting(row) || abandoned(row, now)),
        () => ({ ...ENDED, state, reason, purgeAt }),
      ) !== undefined,
    sessionsEnded: async (deliveryId) => {
      change(
        deliveryId,
        () => true,
        () => ({ endSessions: false }),
      );
    },
  };
};
