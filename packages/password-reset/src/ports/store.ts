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
 * Requests. Every change is one conditional update and answers whether it won; a loser drops its work.
 * All methods throw `UnavailableError` when the database cannot be reached.
 */
export interface Requests {
  /** Inserts the row (majority) as `accepted`, attempt 0. */
  accept(row: NewRequest): Promise<void>;
  find(requestId: RequestId): Promise<RequestRow | undefined>;
  /** accepted, or claimed under a expired lease → claimed, attempt + 1, `dueAt` as given. Claims by id only, never by sorting. */
  claim(input: {
    requestId: RequestId;
    leaseId: string;
    now: Date;
    leaseUntil: Date;
    dueAt: Date;
  }): Promise<RequestRow | undefined>;
  /** claimed → accepted again, to be tried at `dueAt`. */
  defer(input: { requestId: RequestId; leaseId: string; dueAt: Date }): Promise<boolean>;
  /** claimed → an end state; removes address, seed, lease and dueAt, sets purgeAt. */
  settle(input: {
    requestId: RequestId;
    leaseId: string;
    state: Exclude<RequestEndState, 'redeemed' | 'link_expired'>;
    reason: RequestReason | null;
    userId: UserId | null;
    purgeAt: Date;
  }): Promise<boolean>;
  /** claimed → minted; removes address and lease, stores user, seed and kid, `dueAt` becomes the link's end. */
  mint(input: {
    requestId: RequestId;
    leaseId: string;
    userId: UserId;
    seed: Uint8Array;
    kid: string;
    dueAt: Date;
  }): Promise<boolean>;
  /** minted → redeemed; erases the seed and dueAt. */
  redeem(input: { requestId: RequestId; purgeAt: Date }): Promise<boolean>;
  /** minted and past its dueAt → link_expired; erases the seed and dueAt. */
  expireLink(input: { requestId: RequestId; now: Date; purgeAt: Date }): Promise<boolean>;
  /** Erases the seed of a minted request whose delivery has ended. Idempotent. */
  eraseSeed(requestId: RequestId): Promise<void>;
}

/** Links by the hash of their token. Atomic as {@link Requests}; `reservationId` is the fence between reserving and using. */
export interface Tokens {
  /** Insert only, never upsert; throws `DuplicateError` when the hash is there already. */
  insert(row: NewToken): Promise<void>;
  /** Exact match on the hash string. */
  find(tokenHash: TokenHash): Promise<TokenRow | undefined>;
  /** The user's tokens that end after `endingAfter`, whatever became of them; the last to end first, at most `limit`. */
  latestOf(input: { userId: UserId; endingAfter: Date; limit: number }): Promise<readonly TokenRow[]>;
  /**
   * The one conditional update that decides who may go on: live, attempts below `maxAttempts`, not busy → attempts + 1,
   * busyUntil, reservationId. Answers the new attempts count; undefined when lost. The caller chooses the id, at random, so
   * that it can give back a reservation of which it never heard whether it was made.
   */
  reserve(input: {
    tokenHash: TokenHash;
    reservationId: string;
    now: Date;
    busyUntil: Date;
    maxAttempts: number;
  }): Promise<number | undefined>;
  /**
   * Gives a reservation back early: busyUntil and reservationId removed, and `cost` attempts counted instead
   * of its one (0 gives it back). No effect, and false, when it is no longer this one, or not yet.
   */
  release(input: { tokenHash: TokenHash; reservationId: string; cost: number }): Promise<boolean>;
  /** Redeems the token under the reservation: live and still reserved by this id → redeemedAt. */
  redeem(input: { tokenHash: TokenHash; reservationId: string; at: Date }): Promise<boolean>;
  /** Voids one unused, unvoided token. */
  void(input: { tokenHash: TokenHash; reason: VoidReason; at: Date }): Promise<boolean>;
  /** Voids every other unused, unvoided, unexpired token of the user; answers how many. */
  voidOthers(input: { userId: UserId; except: TokenHash; reason: VoidReason; at: Date }): Promise<number>;
}

/** Mails that must leave. Atomic as {@link Requests}; `leaseId` is the fence. */
export interface Deliveries {
  /** Inserts as `pending`, attempt 0. */
  insert(row: NewDelivery): Promise<void>;
  find(deliveryId: DeliveryId): Promise<DeliveryRow | undefined>;
  /** How far each of these is; those that are unknown are left out. */
  statesOf(deliveryIds: readonly DeliveryId[]): Promise<ReadonlyMap<DeliveryId, DeliveryState>>;
  /** pending, deferred or ambiguous and due, or sending under a expired lease → sending, attempt + 1. */
  claim(input: {
    deliveryId: DeliveryId;
    leaseId: string;
    now: Date;
    leaseUntil: Date;
    dueAt: Date;
    /** Stored by every claim; the caller repeats what an earlier claim stored. */
    messageId: string;
    templateVersion: number;
  }): Promise<DeliveryRow | undefined>;
  /** sending → accepted | failed | dead, with the attempt; removes `to`, name, lease and dueAt, sets purgeAt. */
  settle(input: {
    deliveryId: DeliveryId;
    leaseId: string;
    state: 'accepted' | 'failed' | 'dead';
    reason: DeliveryReason | null;
    attempt: DeliveryAttempt;
    purgeAt: Date;
  }): Promise<boolean>;
  /** sending → deferred | ambiguous, with the attempt, to be tried again at `dueAt`. */
  retry(input: {
    deliveryId: DeliveryId;
    leaseId: string;
    state: 'deferred' | 'ambiguous';
    dueAt: Date;
    attempt: DeliveryAttempt;
  }): Promise<boolean>;
  /**
   * A delivery that is due (pending, deferred or ambiguous, or sending under a expired lease) and whose attempt count is still
   * the one given → due at `dueAt`; all else as it was.
   */
  postpone(input: { deliveryId: DeliveryId; attemptsMade: number; now: Date; dueAt: Date }): Promise<boolean>;
  /**
   * Ends a delivery that nobody is sending (pending, deferred, ambiguous, or sending under a expired lease), provided its
   * attempt count is still the one given. Removes `to`, name, lease and dueAt, sets purgeAt.
   */
  dismiss(input: {
    deliveryId: DeliveryId;
    attemptsMade: number;
    now: Date;
    state: Extract<DeliveryEndState, 'suppressed' | 'expired' | 'dead'>;
    reason: DeliveryReason;
    purgeAt: Date;
  }): Promise<boolean>;
  /** The late sessions of this notice's reset are ended: clears `endSessions`. Idempotent. */
  sessionsEnded(deliveryId: DeliveryId): Promise<void>;
}

/** The host's users, by configured collection and field names. No schema of ours, other fields untouched. */
export interface Users {
  /**
   * By exact strings: the address as typed (trimmed), the same with its domain ASCII-lower-cased, and all of it
   * ASCII-lower-cased. Never regex, never collation. Of many accounts those nearest to the typed form are among the answer.
   */
  findByAddress(typed: string): Promise<readonly Account[]>;
  findById(userId: UserId): Promise<Account | undefined>;
  /** Writes hash and credentialsChangedAt if these two, address and active flag are still as read. */
  setPassword(input: {
    account: Account;
    passwordHash: string;
    credentialsChangedAt: Date;
  }): Promise<boolean>;
}

/** The host's sessions; matched by the user's id as stored and as string, hex and UUID text also by what they stand for. */
export interface Sessions {
  /** Deletes them all; answers how many. 0 when configured as `none`. */
  revokeAll(userId: UserId): Promise<number>;
}

/** One row per user, written by every minting and redeeming transaction so that two of them for one user conflict. */
export interface AccountLocks {
  lock(userId: UserId, at: Date): Promise<void>;
}

/** Insert only; called in the transaction that makes the event true, where there is one. */
export interface AuditTrail {
  record(event: AuditEvent): Promise<void>;
}

/** Everything a transaction may touch. Outside a transaction each call stands alone. */
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
   * Runs `work` as one transaction (snapshot read, majority write) and retries it as a whole on a write conflict, so
   * `work` must be repeatable. When `work` throws, nothing of it is kept and the error is passed on.
   */
  transaction<T>(work: (tx: Repositories) => Promise<T>): Promise<T>;
}

/** Unsettled rows past their time; see `reconcile`. */
export interface Backlog {
  /**
   * Rows of both kinds with dueAt before `before` and not before `from` (any), oldest first, at most `limit` after the first
   * `skip` (none).
   */
  due(input: { before: Date; from?: Date; limit: number; skip?: number }): Promise<readonly DueWork[]>;
}

/** One row per singleton duty. */
export interface Leases {
  /** Takes or renews the lease when it is free, expired or already the owner's. */
  hold(input: { name: string; owner: string; now: Date; until: Date }): Promise<boolean>;
}
