import type { Account } from '../model/account.ts';
import type { AuditEvent } from '../model/audit.ts';
import type {
  DeliveryAttempt,
  DeliveryEndState,
  DeliveryReason,
  DeliveryRow,
  DeliveryState,
  NewDelivery,
} from '../model/delivery.ts';
import type { DueWork } from '../model/due-work.ts';
import type { DeliveryId, RequestId, TokenHash, UserId } from '../model/ids.ts';
import type { NewRequest, RequestEndState, RequestReason, RequestRow } from '../model/request.ts';
import type { NewToken, TokenRow, VoidReason } from '../model/token.ts';

/**
 * The requests. Every change is one conditional update and resolves to whether it was made; a caller whose change was not made
 * drops its work. All methods reject with `UnavailableError` when the database cannot be reached.
 */
export interface Requests {
  /** Inserts the row (write concern majority) as `accepted` with `attemptsMade` 0. */
  accept(row: NewRequest): Promise<void>;
  find(requestId: RequestId): Promise<RequestRow | undefined>;
  /**
   * accepted, or claimed with an expired lease → claimed; `attemptsMade` + 1, `dueAt` as given. Finds the row by its id only,
   * never by sorting.
   */
  claim(input: {
    requestId: RequestId;
    leaseId: string;
    now: Date;
    leaseUntil: Date;
    dueAt: Date;
  }): Promise<RequestRow | undefined>;
  /** claimed → accepted, due again at `dueAt`. */
  defer(input: { requestId: RequestId; leaseId: string; dueAt: Date }): Promise<boolean>;
  /** claimed → an end state; removes address, seed, lease and `dueAt`, sets `purgeAt`. */
  settle(input: {
    requestId: RequestId;
    leaseId: string;
    state: Exclude<RequestEndState, 'redeemed' | 'link_expired'>;
    reason: RequestReason | null;
    userId: UserId | null;
    purgeAt: Date;
  }): Promise<boolean>;
  /** claimed → minted; removes address and lease, stores user, seed and kid. `dueAt` becomes the end of the link. */
  mint(input: {
    requestId: RequestId;
    leaseId: string;
    userId: UserId;
    seed: Uint8Array;
    kid: string;
    dueAt: Date;
  }): Promise<boolean>;
  /** minted → redeemed; erases the seed and `dueAt`. */
  redeem(input: { requestId: RequestId; purgeAt: Date }): Promise<boolean>;
  /** minted and past its `dueAt` → link_expired; erases the seed and `dueAt`. */
  expireLink(input: { requestId: RequestId; now: Date; purgeAt: Date }): Promise<boolean>;
  /** Erases the seed of a minted request whose delivery has ended. Idempotent. */
  eraseSeed(requestId: RequestId): Promise<void>;
}

/**
 * The links, by the hash of their token. Changes are conditional as in {@link Requests}. `reservationId` is the fence: only the
 * call that reserved a token can release or redeem it.
 */
export interface Tokens {
  /** Inserts, never upserts. Throws `DuplicateError` when the hash exists already. */
  insert(row: NewToken): Promise<void>;
  /** Exact match on the hash string. */
  find(tokenHash: TokenHash): Promise<TokenRow | undefined>;
  /** The user's tokens that end after `endingAfter`, in whatever state, at most `limit`; the last to end comes first. */
  latestOf(input: { userId: UserId; endingAfter: Date; limit: number }): Promise<readonly TokenRow[]>;
  /**
   * Reserves a token by one conditional update: live, `attemptsMade` below `maxAttempts` and not busy → `attemptsMade` + 1,
   * `busyUntil` and `reservationId` as given. Resolves to the new count; undefined when the token could not be reserved. The
   * caller chooses the id at random, so that it can release the reservation even when the answer to this call was lost.
   */
  reserve(input: {
    tokenHash: TokenHash;
    reservationId: string;
    now: Date;
    busyUntil: Date;
    maxAttempts: number;
  }): Promise<number | undefined>;
  /**
   * Ends a reservation early: removes `busyUntil` and `reservationId`, and counts `cost` attempts instead of the one that
   * reserving counted (0: none). Changes nothing and resolves to false when the token is not, or not yet, reserved under this id.
   */
  release(input: { tokenHash: TokenHash; reservationId: string; cost: number }): Promise<boolean>;
  /** Redeems a token: live and still reserved under this id → `redeemedAt`. */
  redeem(input: { tokenHash: TokenHash; reservationId: string; at: Date }): Promise<boolean>;
  /** Voids a token that is neither redeemed nor voided. */
  void(input: { tokenHash: TokenHash; reason: VoidReason; at: Date }): Promise<boolean>;
  /** Voids every other token of the user that is neither redeemed nor voided nor expired; resolves to how many. */
  voidOthers(input: { userId: UserId; except: TokenHash; reason: VoidReason; at: Date }): Promise<number>;
}

/**
 * The deliveries. Changes are conditional as in {@link Requests}. `leaseId` is the fence: only the worker that holds the lease
 * can write a result.
 */
export interface Deliveries {
  /** Inserts the row as `pending` with `attemptsMade` 0. */
  insert(row: NewDelivery): Promise<void>;
  find(deliveryId: DeliveryId): Promise<DeliveryRow | undefined>;
  /** The state of each of these deliveries; unknown ids are left out. */
  statesOf(deliveryIds: readonly DeliveryId[]): Promise<ReadonlyMap<DeliveryId, DeliveryState>>;
  /** Due and pending, deferred or ambiguous, or sending with an expired lease → sending; `attemptsMade` + 1. */
  claim(input: {
    deliveryId: DeliveryId;
    leaseId: string;
    now: Date;
    leaseUntil: Date;
    dueAt: Date;
    /** Stored by every claim. A caller passes again what an earlier claim stored. */
    messageId: string;
    templateVersion: number;
  }): Promise<DeliveryRow | undefined>;
  /** sending → accepted | failed | dead; adds the attempt, removes `to`, `name`, lease and `dueAt`, sets `purgeAt`. */
  settle(input: {
    deliveryId: DeliveryId;
    leaseId: string;
    state: 'accepted' | 'failed' | 'dead';
    reason: DeliveryReason | null;
    attempt: DeliveryAttempt;
    purgeAt: Date;
  }): Promise<boolean>;
  /** sending → deferred | ambiguous, due again at `dueAt`; adds the attempt. */
  retry(input: {
    deliveryId: DeliveryId;
    leaseId: string;
    state: 'deferred' | 'ambiguous';
    dueAt: Date;
    attempt: DeliveryAttempt;
  }): Promise<boolean>;
  /**
   * A delivery that is due (pending, deferred or ambiguous, or sending with an expired lease) and whose attempt count is still
   * the given one → due at `dueAt`; nothing else changes.
   */
  postpone(input: { deliveryId: DeliveryId; attemptsMade: number; now: Date; dueAt: Date }): Promise<boolean>;
  /**
   * Ends a delivery that no worker is sending (pending, deferred, ambiguous, or sending with an expired lease), provided that its
   * attempt count is still the given one. Removes `to`, `name`, lease and `dueAt`, sets `purgeAt`.
   */
  dismiss(input: {
    deliveryId: DeliveryId;
    attemptsMade: number;
    now: Date;
    state: Extract<DeliveryEndState, 'suppressed' | 'expired' | 'dead'>;
    reason: DeliveryReason;
    purgeAt: Date;
  }): Promise<boolean>;
  /** Clears `endSessions`, because the late sessions of this notice's reset are ended. Idempotent. */
  sessionsEnded(deliveryId: DeliveryId): Promise<void>;
}

/**
 * The users of the host, by configured collection and field names. Latchkey imposes no schema on them and leaves all other fields
 * as they are.
 */
export interface Users {
  /**
   * Finds accounts by exact strings: the typed address (trimmed), the same with its domain ASCII-lower-cased, and all of it
   * ASCII-lower-cased. Never by a regular expression or a collation. Where many accounts match, those nearest to the typed form
   * are among the answer.
   */
  findByAddress(typed: string): Promise<readonly Account[]>;
  findById(userId: UserId): Promise<Account | undefined>;
  /**
   * Writes hash and `credentialsChangedAt`, provided that these two, the address and the active flag are still as they were read.
   * Resolves to whether it did.
   */
  setPassword(input: {
    account: Account;
    passwordHash: string;
    credentialsChangedAt: Date;
  }): Promise<boolean>;
}

/**
 * The sessions of the host. They are matched by the user's id as stored and as text. An id that is an ObjectId or a UUID, or the
 * text of one, also matches as the typed value and as hex in small or capital letters.
 */
export interface Sessions {
  /** Deletes all sessions of the user; resolves to how many. 0 when SESSIONS_COLLECTION is `none`. */
  revokeAll(userId: UserId): Promise<number>;
}

/** One row per user. Every minting and every redeeming transaction writes it, so that two of them for one user conflict. */
export interface AccountLocks {
  lock(userId: UserId, at: Date): Promise<void>;
}

/** The audit. Rows are only inserted, in the transaction that makes the event true, where there is one (decision 16). */
export interface AuditTrail {
  record(event: AuditEvent): Promise<void>;
}

/** Everything that a transaction may read and write. Outside a transaction each call stands alone. */
export interface Repositories {
  readonly requests: Requests;
  readonly tokens: Tokens;
  readonly deliveries: Deliveries;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly accountLocks: AccountLocks;
  readonly audit: AuditTrail;
}

/** The repositories, and a way to use several of them as one step. */
export interface Store extends Repositories {
  /**
   * Runs `work` as one transaction (snapshot read, majority write) and repeats it as a whole after a write conflict, so `work`
   * must be repeatable. When `work` throws, nothing of it is kept and its error is passed on. After an `UnavailableError` the
   * transaction may have been kept, because the answer to the commit may be lost (decision 29).
   */
  transaction<T>(work: (tx: Repositories) => Promise<T>): Promise<T>;
}

/** The unsettled rows that are past their `dueAt`; see `reconcile`. */
export interface Backlog {
  /**
   * Rows of both kinds with `dueAt` before `before` and not before `from` (default: any), oldest first: at most `limit` rows
   * after the first `skip` (default: 0).
   */
  due(input: { before: Date; from?: Date; limit: number; skip?: number }): Promise<readonly DueWork[]>;
}

/** One row for each duty that only one process may have at a time. */
export interface Leases {
  /** Takes or renews the lease if it is free, expired or already held by `owner`; resolves to whether `owner` holds it now. */
  hold(input: { name: string; owner: string; now: Date; until: Date }): Promise<boolean>;
}
