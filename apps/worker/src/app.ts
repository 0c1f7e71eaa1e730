import {
  type Backlog,
  type Clock,
  createComposeMail,
  createDeliverMail,
  createEndLateSessions,
  createMintLink,
  createProcessRequest,
  createReconcile,
  type Identifiers,
  type Leases,
  type Mailer,
  type QueueState,
  type Store,
  type TokenKeys,
  type WakeUps,
} from '@latchkey/password-reset';
import {
  type HandlerResult,
  MAIL_DELIVERIES,
  type QueueName,
  RESET_REQUESTS,
  type WakeJob,
} from '@latchkey/queue';
import type { Logger, Metrics } from '@latchkey/runtime';
import { createDeliveryHandler } from './handlers/handle-delivery.ts';
import { createRequestHandler } from './handlers/handle-request.ts';
import { createWorkerMetrics } from './metrics.ts';
import { createMissingKeys, type MissingKeys } from './missing-keys.ts';
import { createReconciler, type Reconciler } from './reconciler.ts';

/** Times and places of the flow. */
export interface WorkerSettings {
  readonly publicWebUrl: string;
  readonly linkTtlMs: number;
  readonly requestDeadlineMs: number;
  readonly retentionMs: number;
  readonly reconcileAfterMs: number;
}

export interface WorkerAppDeps {
  readonly store: Store & { readonly backlog: Backlog; readonly leases: Leases };
  readonly wakeUps: WakeUps;
  readonly queueState: QueueState;
  readonly mailer: Mailer;
  readonly keys: TokenKeys;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings: WorkerSettings;
  /** Names this process among those that could hold a lease. */
  readonly owner: string;
  /** Aborted when the process is asked to stop. */
  readonly stopping: AbortSignal;
}

/** The worker apart from its engines: what to do with a job of each queue, and the rounds in between. */
export interface WorkerApp {
  readonly handlers: Readonly<Record<QueueName, (job: WakeJob) => Promise<HandlerResult>>>;
  readonly reconciler: Reconciler;
  readonly missingKeys: MissingKeys;
}

export const createWorkerApp = ({
  store,
  wakeUps,
  queueState,
  mailer,
  keys,
  identifiers,
  clock,
  log,
  metrics: registry,
  settings: { publicWebUrl, linkTtlMs, requestDeadlineMs, reconcileAfterMs, ...settings },
  owner,
  stopping,
}: WorkerAppDeps): WorkerApp => {
  const metrics = createWorkerMetrics(registry);
  const missingKeys = createMissingKeys({ clock });
  // A request that led to no mail keeps its row for as long as its link would have lasted (decision 34).
  const retentionMs = Math.max(settings.retentionMs, linkTtlMs);

  const mintLink = createMintLink({
    store,
    keys,
    identifiers,
    clock,
    linkTtlMs,
    retentionMs,
    requestDeadlineMs,
  });
  const processRequest = createProcessRequest({
    store,
    mintLink,
    wakeUps,
    clock,
    requestDeadlineMs,
    retentionMs,
    reconcileAfterMs,
    stopping,
  });
  const composeMail = createComposeMail({ store, keys, identifiers, mailer, publicWebUrl });
  const deliverMail = createDeliverMail({
    store,
    composeMail,
    mailer,
    wakeUps,
    clock,
    linkTtlMs,
    retentionMs,
    reconcileAfterMs,
    stopping,
  });
  const { backlog, leases } = store;
  const reconcile = createReconcile({
    backlog,
    leases,
    queue: queueState,
    wakeUps,
    clock,
    owner,
    reconcileAfterMs,
  });

  return {
    handlers: {
      [RESET_REQUESTS]: createRequestHandler({ processRequest, log, metrics }),
      [MAIL_DELIVERIES]: createDeliveryHandler({
        endLateSessions: createEndLateSessions({ store, clock }),
        deliverMail,
        missingKeys,
        log,
        metrics,
      }),
    },
    reconciler: createReconciler({ reconcile, log, metrics }),
    missingKeys,
  };
};
