import type {
  Account,
  AuditEvent,
  DeliveryAttempt,
  DeliveryEndState,
  DeliveryId,
  DeliveryRow,
  DeliveryState,
  DueWork,
  NewDelivery,
  NewRequest,
  NewToken,
  RequestEndState,
  RequestId,
  RequestRow,
  SendClass,
  TokenHash,
  TokenRow,
  UserId,
  VoidReason,
} from './model.ts';

/** The present moment; tests move it. */
export interface Clock {
  now(): Date;
}

/**
 * Requests. Every change is one conditional update and answers whether it won; a loser drops its work.
 * All methods throw `UnavailableError` when the database cannot be reached.
 */
export interface Requests {
  /** Inserts the row (majority) as `accepted`, attempt 0. */
  accept(row: NewRequest): Promise<void>;
  find(requestId: RequestId): Promise<RequestRow | undefined>;
  /** accepted, or claimed under a lapsed lease → claimed, attempt + 1, `dueAt` as given. Claims by id only, never by sorting. */
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
    state: Exclude<RequestEndState, 'redeemed' | 'lapsed'>;
    reason: string | null;
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
  /** minted and past its dueAt → lapsed; erases the seed and dueAt. */
  lapse(input: { requestId: RequestId; now: Date; purgeAt: Date }): Promise<boolean>;
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
  /** Spends the token under the reservation: live and still reserved by this id → usedAt. */
  use(input: { tokenHash: TokenHash; reservationId: string; at: Date }): Promise<boolean>;
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
  /** pending, deferred or ambiguous and due, or sending under a lapsed lease → sending, attempt + 1. */
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
    reason: string | null;
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
   * A delivery that is due (pending, deferred or ambiguous, or sending under a lapsed lease) and whose attempt count is still
   * the one given → due at `dueAt`; all else as it was.
   */
  postpone(input: { deliveryId: DeliveryId; attempt: number; now: Date; dueAt: Date }): Promise<boolean>;
  /**
   * Ends a delivery that nobody is sending (pending, deferred, ambiguous, or sending under a lapsed lease), provided its
   * attempt count is still the one given. Removes `to`, name, lease and dueAt, sets purgeAt.
   */
  dismiss(input: {
    deliveryId: DeliveryId;
    attempt: number;
    now: Date;
    state: Extract<DeliveryEndState, 'suppressed' | 'expired' | 'dead'>;
    reason: string;
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
export interface Guards {
  touch(userId: UserId, at: Date): Promise<void>;
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
  readonly guards: Guards;
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
  /** Takes or renews the lease when it is free, lapsed or already the owner's. */
  hold(input: { name: string; owner: string; now: Date; until: Date }): Promise<boolean>;
}

/** The queue as the core sees it: a bell. Rejects fast when the queue cannot be reached; nothing is lost by that. */
export interface WakeUps {
  request(wake: WakeUp): Promise<void>;
  delivery(wake: WakeUp): Promise<void>;
}
/** One ring of the bell for a row: which, when, and what for a trace. */
export interface WakeUp {
  readonly id: RequestId | DeliveryId;
  /** The row's attempt count, so that a repeated wake-up never collides with the job of an earlier attempt. */
  readonly attempt: number;
  readonly dueAt: Date;
  readonly traceparent: string | null;
}

/** What the reconciler asks of the queue before it rings again. */
export interface QueueState {
  /** Jobs of this kind waiting to be started now, delayed ones not counted. */
  depth(kind: 'request' | 'delivery'): Promise<number>;
  /** Whether the job of exactly this wake-up is still there (waiting, delayed or active). */
  has(kind: 'request' | 'delivery', wake: Pick<WakeUp, 'id' | 'attempt'>): Promise<boolean>;
}

/** Whether a point could be spent; if not, how long until one can. */
export type LimitVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterMs: number };

/** Keys are HMACs, never addresses. Never rejects: without its store it limits in process. */
export interface RequestLimits {
  /** Visible when over. `client` is the canonical address of the asker. */
  network(client: ClientAddress): Promise<LimitVerdict>;
  /** Silent when over: the verdict goes into the row and only the worker acts on it. */
  account(identifierHmac: string): Promise<{ readonly overLimit: boolean }>;
}
/** What a dead token costs whoever presents it. */
export interface RedeemLimits {
  /** Spends one point of the network's budget for dead tokens. */
  network(client: ClientAddress): Promise<LimitVerdict>;
}
/** Who is calling, after trusted proxies: `203.0.113.7` or an expanded IPv6 address. */
export type ClientAddress = string;

/** For whom the hasher works: its threads are shared between networks, not between requests. */
export interface HashingFor {
  readonly client: ClientAddress;
}
/** Slow hashing, off the event loop. Throws `HasherBusyError` when its bounded queue has no room for this client. */
export interface PasswordHasher {
  /** bcrypt with the identifier (`$2a$`, `$2b$` or `$2y$`) of the hash it will replace. `password` is already normalised. */
  hash(password: string, like: string, whose: HashingFor): Promise<string>;
  matches(password: string, storedHash: string, whose: HashingFor): Promise<boolean>;
}

/** What a mail says. The link is the only place where the raw token exists. */
export type MailContent =
  | {
      readonly kind: 'password-reset';
      readonly link: string;
      readonly expiresAt: Date;
      /** Lifetime of the link in whole minutes as minted. */
      readonly ttlMinutes: number;
    }
  | { readonly kind: 'password-changed'; readonly changedAt: Date };

/** A mail before rendering; the same message always renders and sends the same bytes. */
export interface MailMessage {
  readonly deliveryId: DeliveryId;
  readonly to: string;
  readonly name: string | null;
  readonly locale: string;
  readonly templateVersion: number;
  readonly messageId: string;
  readonly date: Date;
  readonly boundary: string;
  readonly content: MailContent;
}

/** What one try to send came to, in codes; a server's words never leave the mailer. */
export interface SendResult {
  readonly class: SendClass;
  readonly provider: string;
  readonly phase: string;
  readonly code: number | null;
  readonly enhancedCode: string | null;
  readonly ms: number;
  /** Of `ms`: waiting for one of the mailer's connections. */
  readonly waitedMs: number;
  /** Of `ms`: keeping others from that connection; null when it never got one. */
  readonly heldMs: number | null;
}

/** Renders and hands over one mail within its hard deadline. Failures are results, not errors. */
export interface Mailer {
  readonly templateVersion: number;
  /** The best supported locale for the candidates, in order of preference (BCP 47); never fails. */
  chooseLocale(candidates: readonly (string | null)[]): string;
  /** `Message-ID` for a delivery, unique and independent of secrets. */
  messageId(deliveryId: DeliveryId): string;
  send(message: MailMessage): Promise<SendResult>;
  /**
   * Sends nothing, and takes what a mail takes: waits in the same line, then keeps one connection from others for `ms`. False
   * when no connection came free in the time that a mail would have waited, or when `giveUp` ended it.
   */
  occupy(input: { ms: number; giveUp: AbortSignal }): Promise<boolean>;
}
