import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BEFORE_THE_FIRST } from '../../ghost-delivery.ts';
import type { Store } from '../../ports.ts';
import { KEY_A, MINUTE } from '../flow.ts';
import { SENT } from '../memory-ports.ts';
import type { World } from './world.ts';

/** Whoever is asked for has the same part of everything on the way out, mail or not. */
export const deliveringNothing = ({ withAlice }: World): void => {
  describe('a request that ends without a mail', () => {
    it('rings for a delivery as a member’s does', async () => {
      const { host, flow } = await withAlice({ limits: { network: Infinity, account: 1, redeem: 1 } });
      const ringsOf = async (email: string) => {
        await flow.ask(email);
        const rungBefore = flow.queue.rung.length;
        const { outcome } = await flow.identify();
        const { id: requestId } = flow.lastWake('request');
        const rings = flow.queue.rung.slice(rungBefore);
        return [outcome, rings.map((ring) => ({ ...ring, id: ring.id.replace(requestId, '<requestId>') }))];
      };
      const [outcome, member] = await ringsOf('alice@example.com');
      expect(outcome).toBe('minted');
      expect(member).toHaveLength(1);
      await flow.deliver();

      expect(await ringsOf('alice@example.com')).toEqual(['over_limit', member]);
      expect(await ringsOf('nobody@example.com')).toEqual(['no_account', member]);
      await host.addUser({ address: 'off@example.com', passwordHash: null });
      expect(await ringsOf('off@example.com')).toEqual(['ineligible', member]);
    });

    it('keeps a worker as long as making a link did, before it rings', async () => {
      const { flow, store } = await withAlice();
      const SLOW_MS = 200;
      const findByAddress: Store['users']['findByAddress'] = async (typed) => {
        if (typed.startsWith('alice')) await delay(SLOW_MS);
        return store.users.findByAddress(typed);
      };
      const worker = flow.worker([KEY_A], 'worker-1', { ...store, users: { ...store.users, findByAddress } });
      await flow.ask('alice@example.com');
      await flow.identify(worker);

      await flow.ask('nobody@example.com');
      const startedAt = performance.now();
      expect(await flow.identify(worker)).toEqual({ outcome: 'no_account' });
      expect(performance.now() - startedAt).toBeGreaterThan(0.9 * SLOW_MS);
    });

    it('takes a connection for as long as one of the latest mails did, and sends nothing', async () => {
      const { flow, store } = await withAlice();
      const worker = flow.worker();
      await flow.ask('nobody@example.com');
      await flow.identify(worker);
      expect(await flow.deliver(worker)).toMatchObject({ outcome: 'ghost', attempt: 1 });
      expect(flow.mail.occupied).toEqual([BEFORE_THE_FIRST.heldMs]);

      flow.mail.relay.next = () => ({ ...SENT, ms: 700, waitedMs: 200, heldMs: 432 });
      await flow.ask('alice@example.com');
      await flow.identify(worker);
      await flow.deliver(worker);
      await flow.ask('nobody@example.com');
      await flow.identify(worker);
      await flow.deliver(worker);
      expect(flow.mail.occupied).toEqual([BEFORE_THE_FIRST.heldMs, 432]);
      expect(flow.mail.sent).toHaveLength(1);
      expect(await store.deliveries.find(flow.lastWake('delivery').id)).toBeUndefined();
    });

    it('does not learn from a mail that never had a connection', async () => {
      const { flow } = await withAlice();
      const worker = flow.worker();
      flow.mail.relay.next = () => ({
        ...SENT,
        class: 'transient',
        code: null,
        waitedMs: 9_000,
        heldMs: null,
      });
      await flow.ask('alice@example.com');
      await flow.identify(worker);
      await flow.deliver(worker);
      await flow.ask('nobody@example.com');
      await flow.identify(worker);
      await flow.deliver(worker);
      expect(flow.mail.occupied).toEqual([BEFORE_THE_FIRST.heldMs]);
    });

    it.each(['transient', 'ambiguous'] as const)(
      'comes back as a mail would while the relay answers %s, until its link would have ended',
      async (sendClass) => {
        const { flow } = await withAlice();
        const worker = flow.worker();
        flow.mail.relay.next = () => ({ ...SENT, class: sendClass, code: null, waitedMs: 0, heldMs: 5 });
        const attemptsAt = async (email: string): Promise<readonly number[]> => {
          await flow.ask(email);
          const startedAt = flow.clock.now().getTime();
          await flow.identify(worker);
          const times: number[] = [];
          for (;;) {
            const wake = flow.lastWake('delivery');
            expect(wake.attempt).toBe(times.length);
            times.push(flow.clock.now().getTime() - startedAt);
            await flow.deliver(worker);
            const next = flow.lastWake('delivery');
            if (next === wake) return times;
            flow.clock.advance(next.dueAt.getTime() - flow.clock.now().getTime());
          }
        };

        const member = await attemptsAt('alice@example.com');
        const nobody = await attemptsAt('nobody@example.com');
        expect(member.length).toBeGreaterThan(5);
        // Half of every pause is random.
        expect(nobody.length / member.length).toBeGreaterThan(0.6);
        expect(nobody.length / member.length).toBeLessThan(1 / 0.6);
        expect(nobody.at(-1)).toBeLessThan(30 * MINUTE);
        expect(flow.mail.occupied).toHaveLength(nobody.length);
      },
    );

    it('takes nothing any more once its link would have ended', async () => {
      const { flow } = await withAlice();
      await flow.ask('nobody@example.com');
      await flow.identify();
      flow.clock.advance(30 * MINUTE);
      expect(await flow.deliver()).toMatchObject({ outcome: 'ghost' });
      expect(flow.mail.occupied).toEqual([]);
    });

    it('holds up nobody who wants to stop, and does not come back', async () => {
      const { flow } = await withAlice();
      const worker = flow.worker();
      flow.mail.relay.next = () => ({ ...SENT, class: 'transient', code: null });
      await flow.ask('alice@example.com');
      await flow.identify(worker);
      await flow.deliver(worker);
      await flow.ask('nobody@example.com');
      await flow.identify(worker);
      const rung = flow.queue.rung.length;
      flow.stop();
      expect(await flow.deliver(worker)).not.toHaveProperty('again');
      expect(flow.queue.rung).toHaveLength(rung);
    });

    it('is nothing to the reconciler', async () => {
      const { flow } = await withAlice();
      await flow.ask('nobody@example.com');
      await flow.identify();
      flow.clock.advance(5 * MINUTE);
      expect(await flow.worker().reconcile()).toEqual({ outcome: 'done', recovered: [] });
    });
  });
};
