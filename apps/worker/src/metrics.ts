import type { Backlog, Clock, DueWork } from '@latchkey/password-reset';
import { type Producer, QUEUE_NAMES, type QueueDepth } from '@latchkey/queue';
import { LATENCY_BUCKETS } from '@latchkey/runtime';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the worker counts. Labels are words of ours, never anything from outside. */
export const createWorkerMetrics = (registry: Registry) => {
  const registers = [registry];

  const requests = new Counter({
    name: 'latchkey_requests_processed_total',
    help: 'Jobs of requests, by what came of them. settled: ended without a link, for whatever reason.',
    labelNames: ['outcome'],
    registers,
  });
  const deliveries = new Counter({
    name: 'latchkey_deliveries_processed_total',
    help: 'Jobs of deliveries, by what came of them; class is none where no attempt was made.',
    labelNames: ['kind', 'outcome', 'class'],
    registers,
  });
  const deliverySeconds = new Histogram({
    name: 'latchkey_delivery_duration_seconds',
    help: 'Duration of one attempt to hand a mail to the relay.',
    labelNames: ['kind', 'class'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const recovered = new Counter({
    name: 'latchkey_reconciler_recovered_total',
    help: 'Due rows that had no job and were given a new one, by reason. A rising job_lost means that jobs get lost in Redis.',
    labelNames: ['reason'],
    registers,
  });
  const rounds = new Counter({
    name: 'latchkey_reconciler_rounds_total',
    help: 'Rounds of the reconciler: done, standby (another worker holds the duty), skipped (long queue), failed.',
    labelNames: ['outcome'],
    registers,
  });
  const reasons: readonly DueWork['reason'][] = ['job_lost', 'lease_expired', 'link_expired'];
  for (const reason of reasons) recovered.inc({ reason }, 0);

  return { requests, deliveries, deliverySeconds, recovered, rounds };
};
export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/** Metrics that are looked up at every scrape. An engine that is away leaves a gap, not a zero. */
export const watchBacklog = (
  registry: Registry,
  { producer, backlog, clock }: { producer: Pick<Producer, 'depth'>; backlog: Backlog; clock: Clock },
): void => {
  new Gauge({
    name: 'latchkey_queue_jobs',
    help: 'Jobs in a queue, by state.',
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
    help: 'How long the oldest unsettled row has been due; 0 when none is.',
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
