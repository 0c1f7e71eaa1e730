import { describe, expect, it } from 'vitest';
import { ALICE, type World } from './world.ts';

/** What the API answers to a request, and what the answer must not tell. */
export const asking = ({ setUp, withAlice }: World): void => {
  describe('asking', () => {
    it('answers strangers, members, disabled and over-limit accounts alike and makes the same calls for each [T-03]', async () => {
      const { host, flow } = await withAlice({ limits: { network: 99, account: 1, redeem: 99 } });
      await host.addUser({ ...ALICE, address: 'off@example.com', active: false });
      const addresses = ['alice@example.com', 'nobody@example.com', 'off@example.com', 'alice@example.com'];
      const answers = [];
      for (const address of addresses) answers.push(await flow.ask(address));

      const shapes = answers.map((answer) => ({ ...answer, reference: 'reference' in answer && 'R' }));
      expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
      expect(flow.limits.calls.map((call) => call.split(' ')[0])).toEqual(
        addresses.flatMap(() => ['network', 'account']),
      );
      expect(flow.queue.enqueued).toHaveLength(4);
    });

    it('checks the syntax before it counts anything [T-04]', async () => {
      const { flow } = await setUp();
      for (const email of [
        '',
        'x',
        '@',
        'a@',
        'a b@c.de',
        'a@b\u0000.de',
        `${'x'.repeat(10_000)}@a.de`,
        '\ud800@a.de',
      ]) {
        expect(await flow.ask(email)).toEqual({ outcome: 'invalid_email' });
      }
      expect(flow.limits.calls).toEqual([]);
    });

    it('tells an over-limit network when to come back, without touching the account limit', async () => {
      const { flow } = await setUp({ limits: { network: 1, account: 9, redeem: 9 } });
      await flow.ask('a@example.com');
      expect(await flow.ask('b@example.com')).toMatchObject({
        outcome: 'rate_limited',
        retryAfterMs: 60_000,
      });
      expect(flow.limits.calls.filter((call) => call.startsWith('account'))).toHaveLength(1);
    });

    it('accepts a request whose job cannot be enqueued, and the reconciler enqueues it later [T-05]', async () => {
      const { flow } = await withAlice();
      flow.queue.queue.fail = true;
      expect(await flow.ask('alice@example.com')).toMatchObject({ outcome: 'requested', enqueued: false });
      flow.queue.queue.fail = false;

      const { reconcile } = flow.worker();
      expect(await reconcile()).toEqual({ outcome: 'done', recovered: [] });
      flow.clock.advance(15_001);
      expect(await reconcile()).toMatchObject({ recovered: [{ kind: 'request', reason: 'job_lost' }] });
      expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
    });

    it('lets the worker start only after the jitter that was drawn when the request was accepted [T-39]', async () => {
      const { flow } = await withAlice({ jitterMs: 3_000 });
      const starts = new Set<number>();
      for (let i = 0; i < 20; i += 1) {
        await flow.ask(`member-${i}@example.com`);
        starts.add(flow.lastJob('request').dueAt.getTime() - flow.clock.now().getTime());
      }
      expect(Math.max(...starts)).toBeLessThanOrEqual(3_000);
      // Twenty draws are all below half of the jitter once in a million runs.
      expect(Math.max(...starts)).toBeGreaterThan(1_500);
      expect(starts.size).toBeGreaterThan(10);

      // One draw in 3,001 is 0, which is due at once.
      do await flow.ask('alice@example.com');
      while (flow.lastJob('request').dueAt <= flow.clock.now());
      const { dueAt } = flow.lastJob('request');
      flow.clock.advance(dueAt.getTime() - flow.clock.now().getTime() - 1);
      expect(await flow.identify()).toEqual({ outcome: 'not_due', at: dueAt });
      flow.clock.advance(1);
      expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
    });
  });
};
