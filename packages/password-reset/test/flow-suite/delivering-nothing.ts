import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BEFORE_THE_FIRST } from '../../src/deliver/ghost-delivery.ts';
import type { SendResult } from '../../src/ports/mail.ts';
import type { Store } from '../../src/ports/store.ts';
import { type Flow, type FlowWorker, KEY_A, MINUTE } from '../support/flow.ts';
import { SENT } from '../support/memory-ports.ts';
import { ALICE, type World } from './world.ts';

/** A request takes the same time and the same connections on the way out, whether there is a mail or not. */
export const deliveringNothing = ({ withAlice }: World): void => {
  describe('a request that ends without a mail', () => {
    it('enqueues a delivery as a member’s does', async () => {
      const { host, flow } = await withAlice({ limits: { network: Infinity, account: 1, redeem: 1 } });
      const jobsOf = async (email: string) => {
        await flow.ask(email);
        const enqueuedBefore = flow.queue.enqueued.length;
        const { outcome } = await flow.identify();
        const { id: requestId } = flow.lastJob('request');
        const jobs = flow.queue.enqueued.slice(enqueuedBefore);
        return [outcome, jobs.map((job) => ({ ...job, id: job.id.replace(requestId, '<requestId>') }))];
      };
      const [outcome, member] = await jobsOf('alice@example.com');
      expect(outcome).toBe('minted');
      expect(member).toHaveLength(1);
      await flow.deliver();

      expect(await jobsOf('alice@example.com')).toEqual(['over_limit', member]);
      expect(await jobsOf('nobody@example.com')).toEqual(['no_account', member]);
      await host.addUser({ address: 'off@example.com', passwordHash: null });
      expect(await jobsOf('off@example.com')).toEqual(['ineligible', member]);
    });

    it('keeps a worker as long as making a link did, before it enqueues anything', async () => {
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
      expect(await store.deliveries.find(flow.lastJob('delivery').id)).toBeUndefined();
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

    /** Makes a request for an address without an account, and runs its jobs up to the delivery. */
    const deliverNothing = async (flow: Flow, worker: FlowWorker) => {
      await flow.ask('nobody@example.com');
      await flow.identify(worker);
      return flow.deliver(worker);
    };
    /** Each call sends a mail to a new member, and the relay answers with `result`. */
    const mailsOf = ({ host, flow }: Awaited<ReturnType<typeof withAlice>>, worker: FlowWorker) => {
      let people = 0;
      return async (result: Partial<SendResult>): Promise<void> => {
        people += 1;
        const address = `person${people}@example.com`;
        await host.addUser({ ...ALICE, address });
        flow.mail.relay.next = () => ({ ...SENT, ...result });
        await flow.ask(address);
        await flow.identify(worker);
        await flow.deliver(worker);
      };
    };
    const REFUSED_CONNECTION = { class: 'transient', phase: 'connect', code: null, heldMs: 5 } as const;

    it('does not learn from what single mailboxes refuse or defer, or from one account again and again [T-39]', async () => {
      const world = await withAlice();
      const { flow } = world;
      const worker = flow.worker();
      const mail = mailsOf(world, worker);
      const ghost = () => deliverNothing(flow, worker);
      await mail({ heldMs: 400 });
      for (let count = 0; count < 60; count += 1)
        await mail({ class: count % 2 ? 'permanent' : 'transient', phase: 'rcpt', code: 450, heldMs: 20 });
      flow.mail.relay.next = () => ({ ...SENT, heldMs: 30 });
      for (let count = 0; count < 3; count += 1) {
        await flow.ask('alice@example.com');
        await flow.identify(worker);
        await flow.deliver(worker);
      }

      for (let count = 0; count < 40; count += 1) expect(await ghost()).not.toHaveProperty('again');
      const held = flow.mail.occupied;
      expect(new Set(held)).toEqual(new Set([30, 400]));
      // Each ghost delivery draws one of two accounts. A share so far from one half happens once in some 300 million runs.
      const slow = held.filter((ms) => ms === 400).length;
      expect(slow).toBeGreaterThan(4);
      expect(slow).toBeLessThan(36);
    });

    it('is quick no more, and ends at once, as soon as a relay that failed answers again', async () => {
      const world = await withAlice();
      const { flow } = world;
      const worker = flow.worker();
      const mail = mailsOf(world, worker);
      const ghost = () => deliverNothing(flow, worker);
      await mail({ heldMs: 400 });
      await mail(REFUSED_CONNECTION);
      expect(await ghost()).toHaveProperty('again');
      expect(flow.mail.occupied).toEqual([5]);

      await mail({ class: 'permanent', phase: 'rcpt', code: 550, heldMs: 20 });
      expect(await ghost()).not.toHaveProperty('again');
      expect(flow.mail.occupied).toEqual([5, 400]);
    });

    it('resembles a failure for ten minutes at most', async () => {
      const world = await withAlice();
      const { flow } = world;
      const worker = flow.worker();
      const mail = mailsOf(world, worker);
      await mail({ heldMs: 400 });
      await mail(REFUSED_CONNECTION);
      flow.clock.advance(10 * MINUTE);
      expect(await deliverNothing(flow, worker)).not.toHaveProperty('again');
      expect(flow.mail.occupied).toEqual([400]);
    });

    it.each(['transient', 'configuration'] as const)(
      'comes back as a mail would while the relay fails everybody with %s, until its link would have ended [T-39]',
      async (sendClass) => {
        const world = await withAlice();
        const { flow } = world;
        const worker = flow.worker();
        const mail = mailsOf(world, worker);
        const failing = { ...REFUSED_CONNECTION, class: sendClass };
        flow.mail.relay.next = () => ({ ...SENT, ...failing });
        const attemptsAt = async (email: string): Promise<readonly number[]> => {
          await flow.ask(email);
          const startedAt = flow.clock.now().getTime();
          await flow.identify(worker);
          const times: number[] = [];
          let job: ReturnType<typeof flow.lastJob<'delivery'>> = flow.lastJob('delivery');
          for (;;) {
            const { id } = job;
            expect(job.attempt).toBe(times.length);
            times.push(flow.clock.now().getTime() - startedAt);
            // The mail of another member shows that the relay still fails.
            if (email.startsWith('nobody')) await mail(failing);
            const enqueuedBefore = flow.queue.enqueued.length;
            await worker.deliverMail({ deliveryId: id, attempt: job.attempt });
            const next = flow.queue.enqueued
              .slice(enqueuedBefore)
              .find((job) => job.kind === 'delivery' && job.id === id);
            if (next?.kind !== 'delivery') return times;
            job = next;
            flow.clock.advance(next.dueAt.getTime() - flow.clock.now().getTime());
          }
        };

        const member = await attemptsAt('alice@example.com');
        const nobody = await attemptsAt('nobody@example.com');
        expect(member.length).toBeGreaterThan(5);
        // Half of every pause is random, so the counts differ a little.
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
      const enqueued = flow.queue.enqueued.length;
      flow.stop();
      expect(await flow.deliver(worker)).not.toHaveProperty('again');
      expect(flow.queue.enqueued).toHaveLength(enqueued);
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
