import { UnavailableError } from '@latchkey/password-reset';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createWorkerMetrics, watchBacklog } from './metrics.ts';

const clock = { now: () => new Date(100_000) };
const depth = { waiting: 3, prioritized: 0, active: 1, delayed: 2, failed: 0 };

it('are called, labelled and explained like this; whoever changes it breaks dashboards and alerts', async () => {
  const registry = new Registry();
  const metrics = createWorkerMetrics(registry);
  watchBacklog(registry, {
    producer: { depth: async () => depth },
    backlog: { due: async () => [] },
    clock,
  });
  metrics.requests.inc({ outcome: 'minted' });
  metrics.deliveries.inc({ kind: 'password-reset', outcome: 'accepted', class: 'accepted' });
  metrics.deliverySeconds.observe({ kind: 'password-reset', class: 'accepted' }, 0.2);
  metrics.rounds.inc({ outcome: 'done' });

  expect(await registry.metrics()).toMatchSnapshot();
});

it('shows the depth of each queue and the age of the oldest due row, looked up when asked', async () => {
  const registry = new Registry();
  const row = { kind: 'request', id: 'a', attempt: 0, traceparent: null, reason: 'job_lost' } as const;
  let due = [{ ...row, dueAt: new Date(70_000) }];
  watchBacklog(registry, {
    producer: { depth: async () => depth },
    backlog: { due: async () => due },
    clock,
  });

  const metricsText = await registry.metrics();
  expect(metricsText).toContain('latchkey_queue_jobs{queue="reset-requests",state="waiting"} 3');
  expect(metricsText).toContain('latchkey_queue_jobs{queue="mail-deliveries",state="delayed"} 2');
  expect(metricsText).toContain('latchkey_oldest_due_seconds 30');

  due = [];
  expect(await registry.metrics()).toContain('latchkey_oldest_due_seconds 0');
});

it('shows a gap, not a zero, for an engine that is away', async () => {
  const registry = new Registry();
  const engines = { away: false };
  const answer = async <T>(value: T): Promise<T> => {
    if (engines.away) throw new UnavailableError('away');
    return value;
  };
  watchBacklog(registry, {
    producer: { depth: () => answer(depth) },
    backlog: { due: () => answer([]) },
    clock,
  });
  expect(await registry.metrics()).toMatch(/^latchkey_oldest_due_seconds 0$/m);

  engines.away = true;
  expect(await registry.metrics()).not.toMatch(/^latchkey_(queue_jobs|oldest_due_seconds)/m);
});
