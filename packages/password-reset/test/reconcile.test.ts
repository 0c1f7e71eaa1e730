import { expect, it } from 'vitest';
import type { DueWork } from '../src/model/due-work.ts';
import type { Backlog } from '../src/ports/store.ts';
import { createReconcile, RECONCILE_BATCH } from '../src/reconcile/reconcile.ts';
import { createMovingClock } from './support/index.ts';

const START = Date.UTC(2026, 0, 5);
const row = (index: number, dueAt: Date): DueWork => ({
  kind: 'request',
  id: `row-${index}`,
  attempt: 0,
  dueAt,
  traceparent: null,
  reason: 'job_lost',
});

/** A reconciler over rows that stay due, all of whose jobs but the last one's only wait. */
const setUp = (rows: readonly DueWork[]) => {
  const read: number[] = [];
  const backlog: Backlog = {
    due: async ({ from = new Date(0), limit, skip = 0 }) => {
      read.push(skip + limit);
      return rows.filter(({ dueAt }) => dueAt >= from).slice(skip, skip + limit);
    },
  };
  const reconcile = createReconcile({
    backlog,
    leases: { hold: async () => true },
    queue: { depth: async () => 0, has: async (_, { id }) => id !== rows.at(-1)?.id },
    jobQueue: { request: async () => {}, delivery: async () => {} },
    clock: createMovingClock(),
    owner: 'worker',
    reconcileAfterMs: 15_000,
  });

  return {
    read,
    /** Ids that were enqueued in so many rounds. */
    rounds: async (count: number): Promise<readonly string[]> => {
      const enqueued: string[] = [];
      for (let i = 0; i < count; i += 1) {
        const round = await reconcile();
        if (round.outcome === 'done') enqueued.push(...round.recovered.map(({ id }) => id));
      }
      return enqueued;
    },
  };
};

it('the reconciler reads no further into a long backlog the longer it goes on, and reaches its end', async () => {
  const rows = Array.from({ length: 20_500 }, (_, i) => row(i, new Date(START + i)));
  const { rounds, read } = setUp(rows);

  expect(await rounds(21)).toEqual(['row-20499']);
  expect(Math.max(...read)).toBeLessThanOrEqual(2 * RECONCILE_BATCH);
  expect(await rounds(21)).toEqual(['row-20499']);
});

it('the reconciler reaches the end of rows that are all due at the same moment', async () => {
  const rows = Array.from({ length: 2_500 }, (_, i) => row(i, new Date(START)));
  expect(await setUp(rows).rounds(3)).toEqual(['row-2499']);
});
