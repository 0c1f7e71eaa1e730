import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createApiMetrics } from './metrics.ts';

it('are called, labelled and explained like this; whoever changes it breaks dashboards and alerts', async () => {
  const registry = new Registry();
  const metrics = createApiMetrics(registry, { breaker: () => 'open', hashingQueued: () => 3 });
  metrics.outcomes.inc({ field: 'resetPassword', outcome: 'ok' });
  metrics.errors.inc({ code: 'BAD_REQUEST' });
  metrics.notEnqueued.inc();
  metrics.withoutSessions.inc();
  metrics.hashing.inc({ kind: 'hash' });
  metrics.fallback.inc({ policy: 'request-network' });
  metrics.unresolvedClients.inc({ reason: 'loopback' });

  expect(await registry.metrics()).toMatchSnapshot();
});
