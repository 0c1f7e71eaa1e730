import type { Backlog, Clock, DueWork } from '@latchkey/password-reset';
import { type Producer, QUEUE_NAMES, type QueueDepth } from '@latchkey/queue';
import { LATENCY_BUCKETS } from '@latchkey/runtime';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Registers the metrics of the worker. Labels are fixed words of this code, never text from outside. */
export const createWorkerMetrics = (registry: Registry) => {
  const registers = [registry];

  const requests = new Counter({
    name: 'latchkey_requests_processed_total',
    help: 'Jobs of requests, by outcome. The outcome settled stands for no account, ineligible and over the limit.',
    labelNames: ['outcome'],
    registers,
  });
  const deliveries = new Counter({
    name: 'latchkey_deliveries_processed_total',
    help: 'Jobs of deliveries, by kind, outcome and class of the attempt. The class is none if no attempt was made.',
    labelNames: ['kind', 'outcome', 'class'],
    registers,
  });
  const deliverySeconds = new Histogram({
    name: 'latchkey_delivery_duration_seconds',
    help: 'Duration of one attempt to send a mail to the relay, in seconds, by kind and class. Rises when the relay is slow.',
    labelNames: ['kind', 'class'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const recovered = new Counter({
    name: 'latchkey_reconciler_recovered_total',
    help: 'Due rows that had no job and got a new one, by reason. A rise of job_lost means that Redis loses jobs or is away.',
    labelNames: ['reason'],
    registers,
  });
  const rounds = new Counter({
    name: 'latchkey_reconciler_rounds_total',
    help: 'Rounds of the reconciler: done, standby (another worker does it), skipped (both queues are long), failed.',
    labelNames: ['outcome'],
    registers,
  });
  const reasons: readonly DueWork['reason'][] = ['job_lost', 'lease_expired', 'link_expired'];
  for (const reason of reasons) recovered.inc({ reason }, 0);

  return { requests, deliveries, deliverySeconds, recovered, rounds };
};
export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/** Registers the metrics that are read at every scrape. If an engine is away, its metric is absent, not zero. */
export const watchBacklog = (
  registry: Registry,
  { producer, backlog, clock }: { producer: Pick<Producer, 'depth'>; backlog: Backlog; clock: Clock },
): void => {
  new Gauge({
    name: 'latchkey_queue_jobs',
    help: 'Jobs in Redis, by queue and state. A rise of waiting means that jobs come faster than workers finish them.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      await Promise.all(
        QUEUE_NAMES.map(async (queue) => {
          const depth = await producer.depth(queue).catch(() => undefined);
          if (!depth) return;
          for (const state of STATES) this.set({ queue, state }, depth[state]);
        }),
      );
    },
  });

  new Gauge({
    name: 'latchkey_oldest_due_seconds',
    help: 'Seconds since the oldest unsettled row became due; 0 if no row is due. Rises when accepted work waits.',
    registers: [registry],
    async collect() {
      this.remove();
      const now = clock.now();
      const due = await backlog.due({ before: now, limit: 1 }).catch(() => undefined);
      if (!due) return;
      const [oldest] = due;
      this.set(oldest ? (now.getTime() - oldest.dueAt.getTime()) / 1_000 : 0);
    },
  });
};

const STATES: readonly (keyof QueueDepth)[] = ['waiting', 'prioritized', 'active', 'delayed', 'failed'];
