import type { Doc } from '../bson/document.ts';
import { Fault, noSuchTransaction } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { beginTransaction, type Transaction } from '../store/transaction.ts';

/** Time after which an unused session is forgotten. The reply to hello contains it. */
export const SESSION_TIMEOUT_MINUTES = 30;

type TransactionState =
  | { readonly kind: 'none' }
  | { readonly kind: 'retryable' }
  | { readonly kind: 'open'; readonly transaction: Transaction; readonly startedAt: number }
  | { readonly kind: 'committed' }
  | { readonly kind: 'aborted' };

/** The state of one logical session (lsid). */
export interface Session {
  number: bigint;
  state: TransactionState;
  /** The answers that were given for the retryable write `number`, by statement. */
  readonly answered: Map<number, Doc>;
  lastUsed: number;
  /** Resolves at the end of the last command with a transaction number, because such commands run one after the other. */
  tail: Promise<unknown>;
}

export interface SessionRegistry {
  get(id: string): Session;
  /** Called when a retryable write begins or is sent again. Returns the earlier answers of its statements. */
  retryable(session: Session, number: bigint): Map<number, Doc>;
  start(session: Session, number: bigint): Transaction;
  /** The open transaction with that number. Throws if it has ended. */
  current(session: Session, number: bigint): Transaction;
  commit(session: Session, number: bigint): void;
  abort(session: Session, number: bigint): void;
  /** Aborts the open transaction after a statement has failed. */
  fail(session: Session): void;
  end(id: string): void;
  /** Aborts transactions that exceed their lifetime and forgets sessions that were not used for long. */
  expire(now: number): void;
  close(): void;
}

const tooOld = (number: bigint, session: Session): Fault =>
  new Fault(
    225,
    'TransactionTooOld',
    `Retryable write or transaction with txnNumber ${number} is prohibited because a newer one with txnNumber ${session.number} has already started on this session.`,
  );

export const createSessions = (store: Store, transactionLifetimeMs: number): SessionRegistry => {
  const sessions = new Map<string, Session>();

  const abandon = (session: Session): void => {
    if (session.state.kind !== 'open') return;
    session.state.transaction.abort();
    session.state = { kind: 'aborted' };
  };

  const advance = (session: Session, number: bigint, state: TransactionState): void => {
    abandon(session);
    session.number = number;
    session.state = state;
    session.answered.clear();
  };

  const requireKnown = (session: Session, number: bigint): void => {
    if (number < session.number) throw tooOld(number, session);
    if (number > session.number) throw noSuchTransaction(String(number));
  };

  return {
    get: (id) => {
      const session: Session = sessions.get(id) ?? {
        number: -1n,
        state: { kind: 'none' },
        answered: new Map(),
        lastUsed: Date.now(),
        tail: Promise.resolve(),
      };
      session.lastUsed = Date.now();
      sessions.set(id, session);
      return session;
    },

    retryable: (session, number) => {
      if (number < session.number) throw tooOld(number, session);
      if (number > session.number) advance(session, number, { kind: 'retryable' });
      if (session.state.kind !== 'retryable')
        throw new Fault(217, 'IncompleteTransactionHistory', `txnNumber ${number} belongs to a transaction`);
      return session.answered;
    },

    start: (session, number) => {
      if (number < session.number) throw tooOld(number, session);
      if (number === session.number && session.state.kind !== 'none')
        throw new Fault(
          117,
          'ConflictingOperationInProgress',
          `Cannot start transaction ${number}: it has already started`,
        );
      const transaction = beginTransaction(store);
      advance(session, number, { kind: 'open', transaction, startedAt: Date.now() });
      return transaction;
    },

    current: (session, number) => {
      requireKnown(session, number);
      if (session.state.kind === 'open') return session.state.transaction;
      if (session.state.kind === 'committed')
        throw new Fault(256, 'TransactionCommitted', `Transaction ${number} has been committed.`);
      throw noSuchTransaction(String(number));
    },

    commit: (session, number) => {
      requireKnown(session, number);
      // A driver that lost the first answer sends the commit again and gets the same answer.
      if (session.state.kind === 'committed') return;
      if (session.state.kind !== 'open') throw noSuchTransaction(String(number));
      session.state.transaction.commit();
      session.state = { kind: 'committed' };
    },

    abort: (session, number) => {
      requireKnown(session, number);
      if (session.state.kind === 'committed')
        throw new Fault(256, 'TransactionCommitted', `Transaction ${number} has been committed.`);
      if (session.state.kind !== 'open') throw noSuchTransaction(String(number));
      abandon(session);
    },

    fail: abandon,

    end: (id) => {
      const session = sessions.get(id);
      if (!session) return;
      abandon(session);
      sessions.delete(id);
    },

    expire: (now) => {
      for (const [id, session] of sessions) {
        if (session.state.kind === 'open' && now - session.state.startedAt >= transactionLifetimeMs)
          abandon(session);
        if (now - session.lastUsed > SESSION_TIMEOUT_MINUTES * 60_000) {
          abandon(session);
          sessions.delete(id);
        }
      }
    },

    close: () => {
      for (const session of sessions.values()) abandon(session);
      sessions.clear();
    },
  };
};
