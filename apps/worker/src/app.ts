import { assembleWorker, type WorkerParts } from '@latchkey/password-reset';
import {
  type HandlerResult,
  MAIL_DELIVERIES,
  type QueuedJob,
  type QueueName,
  RESET_REQUESTS,
} from '@latchkey/queue';
import type { Logger } from '@latchkey/runtime';
import type { Registry } from 'prom-client';
import { createDeliveryHandler } from './handlers/handle-delivery.ts';
import { createRequestHandler } from './handlers/handle-request.ts';
import { createWorkerMetrics } from './metrics.ts';
import { createMissingKeys, type MissingKeys } from './missing-keys.ts';
import { createReconciler, type Reconciler } from './reconciler.ts';

export interface WorkerAppDeps extends WorkerParts {
  readonly log: Logger;
  readonly registry: Registry;
}

/** The worker without its engines: a handler for the jobs of each queue, the reconciler, and the keys that are missing. */
export interface WorkerApp {
  readonly handlers: Readonly<Record<QueueName, (job: QueuedJob) => Promise<HandlerResult>>>;
  readonly reconciler: Reconciler;
  readonly missingKeys: MissingKeys;
}

export const createWorkerApp = ({ log, registry, ...parts }: WorkerAppDeps): WorkerApp => {
  const metrics = createWorkerMetrics(registry);
  const missingKeys = createMissingKeys({ clock: parts.clock });
  const { processRequest, endLateSessions, deliverMail, reconcile } = assembleWorker(parts);

  return {
    handlers: {
      [RESET_REQUESTS]: createRequestHandler({ processRequest, log, metrics }),
      [MAIL_DELIVERIES]: createDeliveryHandler({ endLateSessions, deliverMail, missingKeys, log, metrics }),
    },
    reconciler: createReconciler({ reconcile, log, metrics }),
    missingKeys,
  };
};
