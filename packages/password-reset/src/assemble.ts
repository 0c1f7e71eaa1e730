import { createRequestPasswordReset } from './ask/request-password-reset.ts';
import { createDeliverMail } from './deliver/deliver-mail.ts';
import { createEndLateSessions } from './deliver/end-late-sessions.ts';
import { createPrepareMail } from './deliver/prepare-mail.ts';
import { createExpireLink } from './mint/expire-link.ts';
import { createMintLink } from './mint/mint-link.ts';
import { createProcessRequest } from './mint/process-request.ts';
import type { Identifiers } from './parts/identifiers.ts';
import { type Pause, pauseByTimer } from './parts/pause.ts';
import type { TokenKeys } from './parts/token.ts';
import type { Clock } from './ports/clock.ts';
import type { PasswordHasher } from './ports/hashing.ts';
import type { RedeemLimits, RequestLimits } from './ports/limits.ts';
import type { Mailer } from './ports/mail.ts';
import type { JobQueue, QueueState } from './ports/queue.ts';
import type { Backlog, Leases, Store } from './ports/store.ts';
import { createReconcile } from './reconcile/reconcile.ts';
import { createCheckToken } from './redeem/check-token.ts';
import type { PasswordPolicy } from './redeem/password-policy.ts';
import { createRedeemLink } from './redeem/redeem-link.ts';
import { createResetPassword } from './redeem/reset-password.ts';

/** Times that must be the same in API and worker, in milliseconds. */
interface SharedTimes {
  /** RESET_LINK_TTL. */
  readonly linkTtlMs: number;
  /** RETENTION. */
  readonly retentionMs: number;
}

export interface ApiParts {
  readonly store: Store;
  readonly jobQueue: JobQueue;
  readonly limits: { readonly request: RequestLimits; readonly redeem: RedeemLimits };
  readonly hasher: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
  /** Default: a timer. Tests pass a pause that follows their own clock. */
  readonly pause?: Pause;
  /** `jitterMs`: MAIL_JITTER. */
  readonly times: SharedTimes & { readonly jitterMs: number };
}

/** The three verbs of the API over the given ports. */
export const assembleApi = ({
  store,
  jobQueue,
  limits,
  hasher,
  policy,
  identifiers,
  clock,
  pause = pauseByTimer,
  times: { linkTtlMs, retentionMs, jitterMs },
}: ApiParts) => ({
  requestPasswordReset: createRequestPasswordReset({
    requests: store.requests,
    limits: limits.request,
    jobQueue,
    identifiers,
    clock,
    linkTtlMs,
    jitterMs,
  }),
  checkToken: createCheckToken({ store, identifiers, limits: limits.redeem, clock }),
  resetPassword: createResetPassword({
    store,
    redeemLink: createRedeemLink({ store, clock, retentionMs }),
    limits: limits.redeem,
    hasher,
    jobQueue,
    identifiers,
    policy,
    clock,
    pause,
  }),
});

export type ApiVerbs = ReturnType<typeof assembleApi>;

export interface WorkerParts {
  readonly store: Store & { readonly backlog: Backlog; readonly leases: Leases };
  readonly jobQueue: JobQueue;
  readonly queueState: QueueState;
  readonly mailer: Mailer;
  readonly keys: TokenKeys;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
  /** Default: a timer. Tests pass a pause that follows their own clock. */
  readonly pause?: Pause;
  /** Identifies this process in the lease rows; unique among the workers. */
  readonly owner: string;
  /** Aborted when the process is asked to stop. */
  readonly stopping: AbortSignal;
  /** PUBLIC_WEB_URL. Never taken from a Host header, because the client chooses that header (decision 10). */
  readonly publicWebUrl: string;
  /** `requestDeadlineMs`: REQUEST_DEADLINE; `reconcileAfterMs`: RECONCILE_AFTER. */
  readonly times: SharedTimes & { readonly requestDeadlineMs: number; readonly reconcileAfterMs: number };
}

/**
 * The four verbs of the worker over the given ports: one for jobs of requests, two for jobs of deliveries, one for the
 * reconciler's rounds.
 */
export const assembleWorker = ({
  store,
  jobQueue,
  queueState,
  mailer,
  keys,
  identifiers,
  clock,
  pause = pauseByTimer,
  owner,
  stopping,
  publicWebUrl,
  times: { linkTtlMs, requestDeadlineMs, reconcileAfterMs, ...times },
}: WorkerParts) => {
  // A request without a mail keeps its row at least as long as its link would have lasted, because its ghost delivery reads the
  // row (decision 34).
  const retentionMs = Math.max(times.retentionMs, linkTtlMs);
  const { backlog, leases } = store;

  return {
    processRequest: createProcessRequest({
      store,
      mintLink: createMintLink({
        store,
        keys,
        identifiers,
        clock,
        linkTtlMs,
        retentionMs,
        requestDeadlineMs,
      }),
      expireLink: createExpireLink({ store, clock, retentionMs }),
      jobQueue,
      clock,
      requestDeadlineMs,
      retentionMs,
      reconcileAfterMs,
      stopping,
    }),
    endLateSessions: createEndLateSessions({ store, clock }),
    deliverMail: createDeliverMail({
      store,
      prepareMail: createPrepareMail({ store, keys, identifiers, mailer, publicWebUrl }),
      mailer,
      jobQueue,
      clock,
      linkTtlMs,
      retentionMs,
      reconcileAfterMs,
      pause,
      stopping,
    }),
    reconcile: createReconcile({
      backlog,
      leases,
      queue: queueState,
      jobQueue,
      clock,
      owner,
      reconcileAfterMs,
    }),
  };
};
