import type { Scope } from '../aggregation/scope.ts';
import type { Doc } from '../bson/document.ts';
import type { CursorRegistry } from '../sessions/cursors.ts';
import type { Session, SessionRegistry } from '../sessions/sessions.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Catalog } from '../store/view.ts';

/** What every command can reach. */
export interface Server {
  readonly store: Store;
  readonly sessions: SessionRegistry;
  readonly cursors: CursorRegistry;
  /** `host:port`, as hello names the one member. */
  readonly address: () => string;
  readonly startedAt: number;
}

/** One command on its way. */
export interface Call {
  readonly server: Server;
  readonly command: Doc;
  readonly name: string;
  readonly database: string;
  /** The data as this command may see and change it. */
  readonly catalog: Catalog;
  readonly transaction: Transaction | undefined;
  readonly session: Session | undefined;
  readonly sessionKey: string | undefined;
  readonly number: bigint | undefined;
  /** Earlier answers of this retryable write, by statement; undefined when it is none. */
  readonly answered: Map<number, Doc> | undefined;
  readonly scope: Scope;
  /** Throws once maxTimeMS has passed or the client has gone. */
  readonly checkTime: () => void;
  /** Runs a write that must not be done twice, waiting for open transactions that hold what it changes. */
  readonly whenFree: <T>(attempt: () => T) => T | Promise<T>;
}

/** A command: its fields are all it knows, anything else a client sends is an error. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Fields that are obeyed (or that make no difference to one node in memory). */
  readonly fields: readonly string[];
  /** Fields a real server knows and this one refuses. */
  readonly refused?: readonly string[];
  /** The handshake, to which drivers add fields that older servers ignore. */
  readonly lenient?: boolean;
  readonly inTransaction?: boolean;
  /** May carry a txnNumber outside a transaction. */
  readonly retryable?: boolean;
  run(call: Call): Doc | Promise<Doc>;
}
