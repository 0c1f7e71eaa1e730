import { UnavailableError } from '../errors.ts';
import { resetDeliveryId } from '../mint/mint-link.ts';
import { PAUSE_MS } from '../mint/why-silent.ts';
import type { AuditEvent } from '../model/audit.ts';
import type { DeliveryAttempt, DeliveryReason, DeliveryRow, DeliveryState } from '../model/delivery.ts';
import type { DeliveryId } from '../model/ids.ts';
import { backoffMs, postponeMs, untilNextAttemptMs } from '../parts/backoff.ts';
import { leaseTimes } from '../parts/lease.ts';
import { type Pause, pauseByTimer } from '../parts/pause.ts';
import { newLeaseId } from '../parts/random.ts';
import type { Clock } from '../ports/clock.ts';
import type { Mailer, SendResult } from '../ports/mail.ts';
import type { JobQueue } from '../ports/queue.ts';
import type { Repositories, Store } from '../ports/store.ts';
import { createGhostDelivery, endsWithoutAMail, type Ghost } from './ghost-delivery.ts';
import type { PreparedMail, PrepareMail } from './prepare-mail.ts';
import { createRecentDeliveries } from './recent-deliveries.ts';

export interface DeliverMailDeps {
  readonly store: Store;
  readonly prepareMail: PrepareMail;
  readonly mailer: Mailer;
  readonly jobQueue: Pick<JobQueue, 'delivery'>;
  readonly clock: Clock;
  readonly linkTtlMs: number;
  readonly retentionMs: number;
  readonly reconcileAfterMs: number;
  readonly pause?: Pause;
  /** Aborted when the process is asked to stop. Ghost deliveries then end at once. */
  readonly stopping: AbortSignal;
}

/** What a log line about one delivery contains: no address, no secret. */
export interface DeliveryFacts {
  readonly deliveryId: DeliveryId;
  readonly requestId: string;
  readonly kind: DeliveryRow['kind'];
  readonly attempt: number;
  readonly messageId: string | null;
}

/**
 * The job of a delivery. `attempt` is the count in the job's id; only a ghost delivery needs it, because no row counts its
 * attempts.
 */
export interface DeliverMailInput {
  readonly deliveryId: DeliveryId;
  readonly attempt?: number;
}

/** The result of a delivery's job. */
export type DeliverMailOutcome =
  /**
   * One attempt was made. `settled` is false when its result could not be written: the lease expires, and the mail is repeated.
   */
  | {
      readonly outcome: 'accepted' | 'deferred' | 'ambiguous' | 'failed' | 'dead';
      readonly delivery: DeliveryFacts;
      readonly result: SendResult;
      readonly settled: boolean;
      readonly error?: unknown;
    }
  /** No attempt was made, and none will be. */
  | {
      readonly outcome: 'suppressed' | 'expired' | 'dead';
      readonly delivery: DeliveryFacts;
      readonly reason: DeliveryReason;
    }
  /** A ghost delivery: the request ended without a mail; see `ghost-delivery.ts`. */
  | Ghost
  | { readonly outcome: 'lost'; readonly state: DeliveryState | 'gone' }
  | { readonly outcome: 'not_due'; readonly at: Date }
  /** The mail could not be prepared. No attempt was made, and the row is due again at `at`. */
  | { readonly outcome: 'postponed'; readonly at: Date; readonly error: unknown }
  /** This worker does not have the key of the row. The row stays due, for a worker that has the key. */
  | { readonly outcome: 'not_mine'; readonly kid: string };

/** Prepares, sends and settles one mail. May be called at any time, any number of times, and by several workers at once. */
export const createDeliverMail = ({
  store,
  prepareMail,
  mailer,
  jobQueue,
  clock,
  linkTtlMs,
  retentionMs,
  reconcileAfterMs,
  pause = pauseByTimer,
  stopping,
}: DeliverMailDeps) => {
  const recent = createRecentDeliveries({ clock });
  const deliverGhost = createGhostDelivery({
    mailer,
    recent,
    jobQueue,
    clock,
    linkTtlMs,
    retentionMs,
    stopping,
  });

  /**
   * RETENTION after the latest of three times: now, the deadline, and the end of the pause of decision 39. Until the last two
   * have passed, minting reads here whether the mail arrived.
   */
  const purgeAt = ({ date, deadline }: DeliveryRow): Date =>
    new Date(Math.max(clock.now().getTime(), deadline.getTime(), date.getTime() + PAUSE_MS) + retentionMs);

  const deliverMail = async ({ deliveryId, attempt = 0 }: DeliverMailInput): Promise<DeliverMailOutcome> => {
    const startedAt = performance.now();
    const now = clock.now();
    const seen = await store.deliveries.find(deliveryId);
    if (!seen) {
      const request = await store.requests.find(requestIdOf(deliveryId));
      return request && endsWithoutAMail(request.state)
        ? deliverGhost({ deliveryId, request, attempt, startedAt })
        : { outcome: 'lost', state: 'gone' };
    }
    if (!seen.dueAt) return { outcome: 'lost', state: seen.state };
    if (seen.state === 'sending' && seen.leaseUntil && seen.leaseUntil > now)
      return { outcome: 'lost', state: 'sending' };
    if (seen.state !== 'sending' && seen.dueAt > now) return { outcome: 'not_due', at: seen.dueAt };

    let prepared: PreparedMail;
    try {
      prepared = await prepareMail(seen, now);
    } catch (error) {
      return postpone(seen, error);
    }
    if (prepared.outcome === 'not_mine') return { outcome: 'not_mine', kid: prepared.kid };
    if (prepared.outcome === 'never') return dismiss(seen, prepared.state, prepared.reason);

    const leaseId = newLeaseId();
    // The time is read again, because the reads above may have used part of the lease and the send needs all of it.
    const claimedAt = clock.now();
    const row = await store.deliveries.claim({
      deliveryId,
      leaseId,
      now: claimedAt,
      ...leaseTimes(claimedAt, reconcileAfterMs),
      messageId: prepared.message.messageId,
      templateVersion: prepared.message.templateVersion,
    });
    if (!row) return { outcome: 'lost', state: seen.state };

    const result = await mailer.send(prepared.message);
    const sentAt = performance.now();
    const { outcome, retryAt } = judge(row, result);
    const base = { outcome, delivery: facts(row), result };
    try {
      const settled = await writeDown(row, () =>
        retryAt
          ? tryAgain(row, leaseId, outcome === 'ambiguous' ? 'ambiguous' : 'deferred', retryAt, result)
          : end(row, leaseId, outcome, result),
      );
      if (settled && retryAt) await enqueueAgain(row, retryAt);
      return { ...base, settled };
    } catch (error) {
      return { ...base, settled: false, error };
    } finally {
      const { waitedMs, heldMs } = result;
      recent.remember(row.userId, result, {
        beforeMs: sentAt - startedAt - waitedMs - (heldMs ?? 0),
        afterMs: performance.now() - sentAt,
      });
    }
  };

  /**
   * Sets a later `dueAt` for a mail that could not be prepared. Otherwise the reconciler would enqueue it in every round until
   * its deadline.
   */
  const postpone = async (seen: DeliveryRow, error: unknown): Promise<DeliverMailOutcome> => {
    const { deliveryId, attemptsMade, state } = seen;
    const now = clock.now();
    const at = new Date(now.getTime() + postponeMs(seen, now));
    const won = await store.deliveries.postpone({ deliveryId, attemptsMade, now, dueAt: at });
    return won ? { outcome: 'postponed', at, error } : { outcome: 'lost', state };
  };

  /** What the result of an attempt means for the row: its end, or another attempt, unless that would come after the deadline. */
  const judge = (
    row: DeliveryRow,
    result: SendResult,
  ): { outcome: 'accepted' | 'failed' | 'dead' | 'deferred' | 'ambiguous'; retryAt?: Date } => {
    if (result.class === 'accepted') return { outcome: 'accepted' };
    if (result.class === 'permanent') return { outcome: 'failed' };
    const now = clock.now();
    const retryAt = new Date(now.getTime() + untilNextAttemptMs(row, result.class, now));
    if (retryAt >= row.deadline) return { outcome: 'dead' };
    return { outcome: result.class === 'ambiguous' ? 'ambiguous' : 'deferred', retryAt };
  };

  /**
   * Repeats a write for which the database was away, as long as the lease lasts: if the result is not written, the lease expires
   * and the same mail is sent again. When a write took effect and only its answer was lost, the row shows it: it has left
   * `sending`, and no worker has claimed it since.
   */
  const writeDown = async (row: DeliveryRow, write: () => Promise<boolean>): Promise<boolean> => {
    for (let failures = 0; ; failures += 1) {
      try {
        if (await write()) return true;
        if (failures === 0) return false;
        const seen = await store.deliveries.find(row.deliveryId);
        return seen?.attemptsMade === row.attemptsMade && seen.state !== 'sending';
      } catch (error) {
        const pauseMs = backoffMs(failures + 1, WRITE_BACKOFF);
        const wouldBeAt = clock.now().getTime() + pauseMs;
        const inTime = row.leaseUntil !== null && wouldBeAt < row.leaseUntil.getTime();
        if (!(error instanceof UnavailableError) || !inTime) throw error;
        await pause(pauseMs);
      }
    }
  };

  const tryAgain = (
    { deliveryId }: DeliveryRow,
    leaseId: string,
    state: 'deferred' | 'ambiguous',
    dueAt: Date,
    result: SendResult,
  ): Promise<boolean> =>
    store.deliveries.retry({
      deliveryId,
      leaseId,
      state,
      dueAt,
      attempt: attemptOf(result, clock.now()),
    });

  const enqueueAgain = ({ deliveryId, attemptsMade, traceparent }: DeliveryRow, dueAt: Date): Promise<void> =>
    jobQueue.delivery({ id: deliveryId, attempt: attemptsMade, dueAt, traceparent }).catch(() => undefined);

  const end = (
    row: DeliveryRow,
    leaseId: string,
    outcome: DeliveryState,
    result: SendResult,
  ): Promise<boolean> => {
    const { deliveryId } = row;
    const state = outcome === 'accepted' || outcome === 'failed' ? outcome : 'dead';
    const reason = state === 'accepted' ? null : result.class;
    const attempt = attemptOf(result, clock.now());

    return store.transaction(async (tx) => {
      const won = await tx.deliveries.settle({
        deliveryId,
        leaseId,
        state,
        reason,
        attempt,
        purgeAt: purgeAt(row),
      });
      if (!won) return false;
      await close(tx, row, state === 'accepted' ? 'sent' : 'failed', reason ?? state);
      return true;
    });
  };

  const dismiss = async (
    row: DeliveryRow,
    state: 'suppressed' | 'expired' | 'dead',
    reason: DeliveryReason,
  ): Promise<DeliverMailOutcome> => {
    const { deliveryId, attemptsMade } = row;
    const ended = await store.transaction(async (tx) => {
      const ending = { deliveryId, attemptsMade, now: clock.now(), state, reason, purgeAt: purgeAt(row) };
      if (!(await tx.deliveries.dismiss(ending))) return false;
      await close(tx, row, state === 'suppressed' ? 'suppressed' : 'expired', reason);
      return true;
    });
    return ended ? { outcome: state, delivery: facts(row), reason } : { outcome: 'lost', state: row.state };
  };

  /**
   * Ends a delivery: erases the seed of a link's request, and writes the audit row. After that even the keys and every database
   * dump together cannot rebuild the link.
   */
  const close = async (
    tx: Repositories,
    row: DeliveryRow,
    event: AuditEvent['event'],
    outcome: DeliveryReason | DeliveryState,
  ): Promise<void> => {
    const { requestId, userId, kind } = row;
    if (kind === 'password-reset') await tx.requests.eraseSeed(requestId);
    const request = await tx.requests.find(requestId);
    await tx.audit.record({
      event,
      at: clock.now(),
      requestId,
      userId,
      network: request?.network ?? null,
      userAgent: request?.userAgent ?? null,
      outcome: `${kind}: ${outcome}`,
    });
  };

  return deliverMail;
};

/** The result of a send is written as soon as the database is back, so these waits are short. */
const WRITE_BACKOFF = { baseMs: 250, capMs: 2_000 };

/** The request's id for the delivery of a link; for any other delivery an empty string, which is no request's id. */
const requestIdOf = (deliveryId: DeliveryId): string => {
  const requestId = deliveryId.split(':')[0] ?? '';
  return resetDeliveryId(requestId) === deliveryId ? requestId : '';
};

const facts = ({ deliveryId, requestId, kind, attemptsMade, messageId }: DeliveryRow): DeliveryFacts => ({
  deliveryId,
  requestId,
  kind,
  attempt: attemptsMade,
  messageId,
});

const attemptOf = (result: SendResult, at: Date): DeliveryAttempt => ({
  at,
  provider: result.provider,
  phase: result.phase,
  code: result.code,
  enhancedCode: result.enhancedCode,
  class: result.class,
  ms: result.ms,
});
