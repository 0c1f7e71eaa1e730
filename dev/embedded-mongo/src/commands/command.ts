import type { Scope } from '../aggregation/scope.ts';
import type { Doc } from '../bson/document.ts';
import type { CursorRegistry } from '../sessions/cursors.ts';
import type { Session, SessionRegistry } from '../sessions/sessions.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Catalog } from '../store/view.ts';

/** What every command can use. */
export interface Server {
  readonly store: Store;
  readonly sessions: SessionRegistry;
  readonly cursors: CursorRegistry;
  /** `host:port` of the only member, as in the reply to hello. */
  readonly address: () => string;
  readonly startedAt: number;
}

/** One running command. */
export interface Call {
  readonly server: Server;
  readonly command: Doc;
  readonly name: string;
  readonly database: string;
  /** The data that this command may read and change. */
  readonly catalog: Catalog;
  readonly transaction: Transaction | undefined;
  readonly session: Session | undefined;
  readonly sessionKey: string | undefined;
  readonly number: bigint | undefined;
  /** Earlier answers of this retryable write, by statement; undefined for other commands. */
  readonly answered: Map<number, Doc> | undefined;
  readonly scope: Scope;
  /** Throws when maxTimeMS has passed or the client has disconnected. */
  readonly checkTime: () => void;
  /** Runs a write that must not be done twice. Waits for open transactions that hold the documents that it changes. */
  readonly whenFree: <T>(attempt: () => T) => T | Promise<T>;
}

/** A command and its known fields. Every other field that a client sends is an error. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Fields that are implemented, or that make no difference for one node in memory. */
  readonly fields: readonly string[];
  /** Fields that a real server knows and that this server refuses. */
  readonly refused?: readonly string[];
  /** True for the handshake, to which drivers add fields that older servers ignore. */
  readonly lenient?: boolean;
  readonly inTransaction?: boolean;
  /** Whether the command may have a txnNumber outside a transaction. */
  readonly retryable?: boolean;
  run(call: Call): Doc | Promise<Doc>;
}
