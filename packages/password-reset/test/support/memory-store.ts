import type { DueWork } from '../../src/model/due-work.ts';
import type { Backlog, Leases, Repositories, Store } from '../../src/ports/store.ts';
import { memoryDeliveries } from './memory-deliveries.ts';
import { memorySessions, memoryUsers } from './memory-host.ts';
import { memoryRequests } from './memory-requests.ts';
import { copyRows, emptyRows, type MemoryRows } from './memory-rows.ts';
import { memoryTokens } from './memory-tokens.ts';

export interface MemoryStore extends Store {
  readonly backlog: Backlog;
  readonly leases: Leases;
  /** The current rows, for tests to read and to change. */
  readonly rows: () => MemoryRows;
}

/** The core's `Store` in memory. Transactions run one after the other and are undone when they throw. */
export const createMemoryStore = (): MemoryStore => {
  let rows = emptyRows();
  let turn: Promise<unknown> = Promise.resolve();
  const current = (): MemoryRows => rows;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };

  const repositories: Repositories = {
    requests: memoryRequests(current),
    tokens: memoryTokens(current),
    deliveries: memoryDeliveries(current),
    users: memoryUsers(current),
    sessions: memorySessions(current),
    accountLocks: {
      lock: async (userId, at) => {
        rows.accountLocks.set(userId, at);
      },
    },
    audit: {
      record: async (event) => {
        rows.audit.push(event);
      },
    },
  };

  return {
    ...queued(repositories, inTurn),
    rows: current,
    transaction: (work) =>
      inTurn(async () => {
        const before = copyRows(rows);
        try {
          return await work(repositories);
        } catch (error) {
          rows = before;
          throw error;
        }
      }),
    backlog: {
      due: async ({ before, from = new Date(0), limit, skip = 0 }) =>
        due(rows, before)
          .filter(({ dueAt }) => dueAt >= from)
          .slice(skip, skip + limit),
    },
    leases: {
      hold: async ({ name, owner, now, until }) => {
        const lease = rows.leases.get(name);
        if (lease && lease.owner !== owner && lease.until > now) return false;
        rows.leases.set(name, { owner, until });
        return true;
      },
    },
  };
};

/** A call outside a transaction waits until no transaction is open, as a conflicting write would. */
const queued = (
  repositories: Repositories,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
): Repositories => {
  const wrap = <R extends object>(repository: R): R =>
    new Proxy(repository, {
      get: (target, name, receiver) => {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => inTurn(() => Reflect.apply(member, target, args));
      },
    });
  const { requests, tokens, deliveries, users, sessions, accountLocks, audit } = repositories;
  return {
    requests: wrap(requests),
    tokens: wrap(tokens),
    deliveries: wrap(deliveries),
    users: wrap(users),
    sessions: wrap(sessions),
    accountLocks: wrap(accountLocks),
    audit: wrap(audit),
  };
};

const due = (rows: MemoryRows, before: Date): DueWork[] => {
  const requests = [...rows.requests.values()].map((row) => ({
    kind: 'request' as const,
    id: row.requestId,
    attempt: row.attemptsMade,
    dueAt: row.dueAt,
    traceparent: row.traceparent,
    reason:
      row.state === 'minted'
        ? ('link_expired' as const)
        : row.state === 'claimed'
          ? ('lease_expired' as const)
          : ('job_lost' as const),
  }));
  const deliveries = [...rows.deliveries.values()].map((row) => ({
    kind: 'delivery' as const,
    id: row.deliveryId,
    attempt: row.attemptsMade,
    dueAt: row.dueAt,
    traceparent: row.traceparent,
    reason: row.state === 'sending' ? ('lease_expired' as const) : ('job_lost' as const),
  }));
  return [...requests, ...deliveries]
    .flatMap((work) => (work.dueAt && work.dueAt < before ? [{ ...work, dueAt: work.dueAt }] : []))
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
};
