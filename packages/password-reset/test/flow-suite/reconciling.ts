import { expect, it } from 'vitest';
import { RECONCILE_BATCH } from '../../src/reconcile/reconcile.ts';
import { KEY_A } from '../support/flow.ts';
import type { World } from './world.ts';

/** The reconciler finds due rows that have no job; one worker at a time has that duty. */
export const reconciling = ({ withAlice }: World): void => {
  it('finds a row that nobody woke behind a thousand older ones whose jobs only wait', async () => {
    const { flow } = await withAlice({ limits: { network: 9_999, account: 9_999, redeem: 9 } });
    for (let i = 0; i < RECONCILE_BATCH; i += 1) await flow.ask(`stranger-${i}@example.com`);
    flow.clock.advance(1);
    flow.queue.queue.fail = true;
    await flow.ask('alice@example.com');
    flow.queue.queue.fail = false;
    flow.clock.advance(16_000);

    const { reconcile } = flow.worker();
    const rounds = [await reconcile(), await reconcile(), await reconcile()];
    const recovered = rounds.flatMap((round) => (round.outcome === 'done' ? round.recovered : []));
    expect(recovered).toMatchObject([{ kind: 'request', reason: 'job_lost' }]);
    await flow.identify();
    expect(await flow.deliver()).toMatchObject({ outcome: 'accepted' });
  });

  it('is reconciled by one worker at a time, and by the next when the first is gone', async () => {
    const { flow } = await withAlice();
    const [first, second] = [flow.worker([KEY_A], 'w1'), flow.worker([KEY_A], 'w2')];
    expect(await first.reconcile()).toMatchObject({ outcome: 'done' });
    expect(await second.reconcile()).toEqual({ outcome: 'standby' });
    flow.clock.advance(5_001);
    expect(await second.reconcile()).toMatchObject({ outcome: 'done' });
    flow.queue.queue.depth = { request: 1_001, delivery: 1_002 };
    expect(await second.reconcile()).toEqual({ outcome: 'skipped', depth: 2_003 });
  });

  it.each([
    ['request', 'delivery'],
    ['delivery', 'request'],
  ] as const)(
    'gives a %s whose job was lost a new one, also while very many jobs of the other kind (%s) wait',
    async (kind, other) => {
      const { flow } = await withAlice();
      const { reconcile } = flow.worker();
      flow.queue.queue.fail = kind === 'request';
      await flow.ask('alice@example.com');
      flow.queue.queue.fail = true;
      if (kind === 'delivery') await flow.identify();
      flow.queue.queue.fail = false;
      flow.clock.advance(16_000);

      flow.queue.queue.depth = { request: 0, delivery: 0, [kind]: 1_001 };
      expect(await reconcile()).toEqual({ outcome: 'done', recovered: [] });
      flow.queue.queue.depth = { request: 0, delivery: 0, [other]: 1_001 };
      expect(await reconcile()).toMatchObject({
        outcome: 'done',
        recovered: [{ kind, reason: 'job_lost' }],
      });
    },
  );
};
