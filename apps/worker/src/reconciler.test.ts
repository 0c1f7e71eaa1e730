import { type DueWork, type QueueState, UnavailableError } from '@latchkey/password-reset';
import { createMemoryStore, createReconcile } from '@latchkey/password-reset/testing';
import { eventually } from '@latchkey/test-kit/until';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorkerMetrics } from './metrics.ts';
import { createReconciler } from './reconciler.ts';

const due = (reason: DueWork['reason']): DueWork => ({
  kind: 'request',
  id: 'a'.repeat(32),
  attempt: 0,
  dueAt: new Date(0),
  traceparent: null,
  reason,
});

const setup = (reconcile: Parameters<typeof createReconciler>[0]['reconcile'], intervalMs = 1_000) => {
  const registry = new Registry();
  const log = { info: vi.fn(), warn: vi.fn() };
  const reconciler = createReconciler({
    reconcile,
    log,
    metrics: createWorkerMetrics(registry),
    random: () => 0.5,
    intervalMs,
  });
  return { reconciler, log, metricsText: () => registry.metrics() };
};

describe('the duty of reconciling', () => {
  it('goes to another worker when the one that has it cannot reach the queue', async () => {
    // The clock runs fifty times faster, so rounds that are one second apart come every 20 ms.
    const startedAt = Date.now();
    const clock = { now: () => new Date(startedAt + (Date.now() - startedAt) * 50) };
    const { backlog, leases } = createMemoryStore();
    const jobQueue = { request: async () => {}, delivery: async () => {} };
    const duty = (owner: string, depth: QueueState['depth']) =>
      createReconcile({
        backlog,
        leases,
        queue: { depth, has: async () => true },
        jobQueue,
        clock,
        owner,
        reconcileAfterMs: 15_000,
      });
    const cutOff = setup(
      duty('cut off', () => Promise.reject(new UnavailableError('away'))),
      20,
    );
    const healthy = setup(
      duty('healthy', async () => 0),
      20,
    );
    cutOff.reconciler.start();
    await eventually(() => expect(cutOff.log.warn).toHaveBeenCalled());
    healthy.reconciler.start();

    await eventually(async () => expect(await healthy.metricsText()).toContain('{outcome="done"}'));
    await Promise.all([cutOff.reconciler.stop(), healthy.reconciler.stop()]);
  });
});

describe('reconciler', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('counts what it woke, by reason', async () => {
    const { reconciler, metricsText, log } = setup(async () => ({
      outcome: 'done',
      recovered: [due('job_lost'), due('job_lost'), due('lease_expired')],
    }));

    await reconciler.round();

    expect(await metricsText()).toContain('latchkey_reconciler_recovered_total{reason="job_lost"} 2');
    expect(await metricsText()).toContain('latchkey_reconciler_recovered_total{reason="lease_expired"} 1');
    expect(await metricsText()).toContain('latchkey_reconciler_recovered_total{reason="link_expired"} 0');
    expect(log.info).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ job_lost: 2, lease_expired: 1 }),
      expect.anything(),
    );
  });

  it('survives an outage, says so once, and says when it is over', async () => {
    let away = true;
    const { reconciler, log } = setup(async () => {
      if (away) throw new UnavailableError('away');
      return { outcome: 'standby' };
    });

    await reconciler.round();
    await reconciler.round();
    away = false;
    await reconciler.round();
    await reconciler.round();

    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(log.info).toHaveBeenCalledTimes(1);
  });

  it('never runs two rounds at once, and stop waits for the one that runs', async () => {
    let running = 0;
    let most = 0;
    let finish: () => void = () => {};
    const { reconciler } = setup(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => (finish = resolve));
      running -= 1;
      return { outcome: 'standby' };
    });

    reconciler.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(running).toBe(1);

    const stopped = reconciler.stop();
    finish();
    await stopped;
    expect([running, most]).toEqual([0, 1]);
  });
});
