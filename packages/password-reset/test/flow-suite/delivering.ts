import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/errors.ts';
import { LEASE_MS } from '../../src/parts/lease.ts';
import { createTokenKeys, hashToken } from '../../src/parts/token.ts';
import type { Store } from '../../src/ports/store.ts';
import { createFlow, type Flow, KEY_A, KEY_B, MINUTE } from '../support/flow.ts';
import { fakeBcrypt, SENT } from '../support/memory-ports.ts';
import { NEW, type World } from './world.ts';

/** Runs the delivery that was enqueued last whenever it is due, until it ends; resolves to its outcome. */
const untilItEnds = async (flow: Flow, onWait: (waitMs: number) => void = () => {}): Promise<string> => {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const { outcome } = await flow.deliver();
    if (outcome !== 'deferred' && outcome !== 'ambiguous') return outcome;
    const waitMs = flow.lastJob('delivery').dueAt.getTime() - flow.clock.now().getTime();
    onWait(waitMs);
    flow.clock.advance(waitMs);
  }
  return 'endless';
};

/** A mail leaves, is repeated as the same mail, or ends visibly without leaving. */
export const delivering = ({ withAlice }: World): void => {
  describe('delivering', () => {
    it('repeats the same message after an ambiguous answer', async () => {
      const { flow } = await withAlice();
      flow.mail.relay.next = () => ({ ...SENT, class: 'ambiguous', phase: 'message', code: null });
      await flow.ask('alice@example.com');
      await flow.identify();
      expect(await flow.deliver()).toMatchObject({ outcome: 'ambiguous', settled: true });
      expect(await flow.deliver()).toMatchObject({ outcome: 'not_due' });
      flow.clock.advance(MINUTE);
      flow.mail.relay.next = () => SENT;
      expect(await flow.deliver()).toMatchObject({ outcome: 'accepted' });
      expect(flow.mail.sent).toHaveLength(2);
      expect(flow.mail.sent[1]).toEqual(flow.mail.sent[0]);
    });

    it('repeats the same message when a worker vanishes before it could settle', async () => {
      const { flow } = await withAlice();
      await flow.ask('alice@example.com');
      await flow.identify();
      // The lease expires while the relay is slow. Another worker takes the row over and settles it first.
      let second: unknown;
      flow.mail.relay.next = async () => {
        if (flow.mail.sent.length === 1) {
          flow.clock.advance(30_001);
          second = await flow.deliver(flow.worker([KEY_A], 'worker-2'));
        }
        return SENT;
      };
      expect(await flow.deliver()).toMatchObject({ outcome: 'accepted', settled: false });
      expect(second).toMatchObject({ outcome: 'accepted', settled: true });
      expect(flow.mail.sent[1]).toEqual(flow.mail.sent[0]);
    });

    it('looks ever more rarely at a mail that cannot be made, counts no attempt, and sends it once it can be', async () => {
      const { flow, store } = await withAlice();
      const unread = { ...store.users, findById: () => Promise.reject(new Error('cannot be read')) };
      const broken = flow.worker([KEY_A], 'broken', { ...store, users: unread });
      await flow.ask('alice@example.com');
      await flow.identify();

      const startedAt = flow.clock.now().getTime();
      const end = startedAt + 20 * MINUTE;
      let looks = 0;
      while (flow.clock.now().getTime() < end) {
        const look = await flow.deliver(broken);
        if (look.outcome !== 'postponed') throw new Error(`expected no mail yet, not ${look.outcome}`);
        expect(look.error).toEqual(new Error('cannot be read'));
        expect(await flow.deliver(broken)).toEqual({ outcome: 'not_due', at: look.at });
        looks += 1;
        flow.clock.advance(look.at.getTime() - flow.clock.now().getTime());
      }
      expect(looks).toBeGreaterThan(20);
      expect(looks).toBeLessThan(100);
      expect(await flow.deliver()).toMatchObject({ outcome: 'accepted', delivery: { attempt: 1 } });
    });

    it('leaves a mail that cannot be made to whoever has it by then', async () => {
      const { flow, store } = await withAlice();
      await flow.ask('alice@example.com');
      await flow.identify();
      const overtaken = {
        ...store.users,
        findById: async () => {
          expect(await flow.deliver()).toMatchObject({ outcome: 'accepted' });
          throw new Error('cannot be read');
        },
      };
      const late = flow.worker([KEY_A], 'late', { ...store, users: overtaken });
      expect(await flow.deliver(late)).toEqual({ outcome: 'lost', state: 'pending' });
    });

    it('writes down what became of a send when the database is back, as long as the lease lasts: no mail leaves twice [T-38]', async () => {
      for (const lost of ['before', 'after'] as const) {
        const { flow, store } = await withAlice();
        await flow.ask('alice@example.com');
        await flow.identify();
        let away = false;
        const transaction: Store['transaction'] = async (work) => {
          if (!away) return store.transaction(work);
          if (lost === 'after') await store.transaction(work);
          throw new UnavailableError('away');
        };
        flow.mail.relay.next = () => {
          away = true;
          return SENT;
        };

        const delivered = flow.deliver(flow.worker([KEY_A], 'worker-1', { ...store, transaction }));
        await expect.poll(() => flow.clock.waiting).toBe(1);
        away = false;
        flow.clock.advance(1_000);

        expect(await delivered).toMatchObject({ outcome: 'accepted', settled: true });
        flow.clock.advance(LEASE_MS);
        expect(await flow.deliver()).toEqual({ outcome: 'lost', state: 'accepted' });
        expect(flow.mail.sent).toHaveLength(1);
      }
    });

    it('gives up writing down what became of a send when its lease expires', async () => {
      const { flow, store } = await withAlice();
      await flow.ask('alice@example.com');
      await flow.identify();
      const transaction: Store['transaction'] = () => Promise.reject(new UnavailableError('away'));
      let ended: unknown;
      const delivering = flow.deliver(flow.worker([KEY_A], 'worker-1', { ...store, transaction }));
      void delivering.then((outcome) => {
        ended = outcome;
      });

      const twoSecondsLater = () => {
        flow.clock.advance(2_000);
        return ended;
      };
      await expect.poll(twoSecondsLater).toBeDefined();
      expect(ended).toMatchObject({ outcome: 'accepted', settled: false });
    });

    it('retries what may work later and stops before the link expires [T-36] [T-38]', async () => {
      const { host, flow } = await withAlice();
      flow.mail.relay.next = () => ({ ...SENT, class: 'transient', code: 451, enhancedCode: '4.3.0' });
      await flow.ask('alice@example.com');
      await flow.identify();
      const started = flow.clock.now().getTime();
      const outcome = await untilItEnds(flow);
      expect(outcome).toBe('dead');
      expect(flow.clock.now().getTime() - started).toBeLessThan(30 * MINUTE);
      expect(flow.mail.sent.length).toBeGreaterThan(20);
      expect((await host.audit()).at(-1)).toMatchObject({ event: 'failed' });
    });

    it('repeats a mail whose answer is always lost ever more rarely: nobody gets a heap of copies', async () => {
      const { flow } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ outcome: 'reset' });
      const copies = async (): Promise<number> => {
        const before = flow.mail.sent.length;
        expect(await untilItEnds(flow)).toBe('dead');
        return flow.mail.sent.length - before;
      };
      flow.mail.relay.next = () => {
        flow.clock.advance(15_000);
        return { ...SENT, class: 'ambiguous', phase: 'message', code: null };
      };
      const noticeFrom = flow.clock.now().getTime();
      expect(await copies()).toSatisfy((count: number) => count > 5 && count <= 16);
      expect(flow.clock.now().getTime() - noticeFrom).toBeGreaterThan(360 * MINUTE);

      await flow.ask('alice@example.com');
      await flow.identify();
      expect(await copies()).toSatisfy((count: number) => count > 3 && count <= 10);
    });

    it('asks a relay that is down within a minute of its return, and for a notice within a 30th of the time it was away', async () => {
      const { flow, store } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      await flow.redeem(flow.lastToken(), NEW);
      flow.mail.relay.next = () => ({ ...SENT, class: 'transient', code: null, phase: 'connect' });
      const started = flow.clock.now().getTime();
      const outcome = await untilItEnds(flow, (waitMs) => {
        const awayMs = flow.clock.now().getTime() - started;
        expect(waitMs).toBeLessThanOrEqual(Math.max(MINUTE, awayMs / 30 + 1_000));
      });
      expect(outcome).toBe('dead');
      expect(flow.clock.now().getTime() - started).toBeGreaterThan(22 * 60 * MINUTE);
      expect((await store.deliveries.find(flow.lastJob('delivery').id))?.attempts.length).toBeLessThan(300);
    });

    it('holds the whole of its lease when it begins to send, however long the database took before', async () => {
      const { store } = await withAlice();
      let pass = (_ms: number): void => {};
      const find: Store['deliveries']['find'] = async (id) => {
        pass(9_000);
        return store.deliveries.find(id);
      };
      const flow = createFlow({ ...store, deliveries: { ...store.deliveries, find } });
      pass = flow.clock.advance;
      let leftMs = 0;
      flow.mail.relay.next = async () => {
        const row = await store.deliveries.find(flow.lastJob('delivery').id);
        leftMs = (row?.leaseUntil?.getTime() ?? 0) - flow.clock.now().getTime();
        return SENT;
      };
      await flow.askAndDeliver('alice@example.com');
      expect(leftMs).toBe(LEASE_MS);
    });

    it('gives up at once on a permanent error, and erases the seed', async () => {
      const { flow, store } = await withAlice();
      flow.mail.relay.next = () => ({ ...SENT, class: 'permanent', code: 550, enhancedCode: '5.1.1' });
      await flow.ask('alice@example.com');
      await flow.identify();
      expect(await flow.deliver()).toMatchObject({ outcome: 'failed' });
      expect(await store.requests.find(flow.lastJob('request').id)).toMatchObject({ seed: null });
    });

    it('sends nothing to an account whose address, password or standing changed after minting', async () => {
      for (const changes of [
        { address: 'alice@new.example.com' },
        { passwordHash: fakeBcrypt('other') },
        { active: false },
      ]) {
        const { host, flow, store, alice } = await withAlice();
        await flow.ask('alice@example.com');
        await flow.identify();
        await host.changeUser(alice, changes);
        expect(await flow.deliver()).toMatchObject({ outcome: 'suppressed' });
        expect(flow.mail.sent).toEqual([]);
        expect(await store.requests.find(flow.lastJob('request').id)).toMatchObject({ seed: null });
      }
    });

    it('leaves a row to a worker that has its key', async () => {
      const { flow, store } = await withAlice();
      await flow.ask('alice@example.com');
      await flow.identify(flow.worker([KEY_A]));
      expect(await flow.deliver(flow.worker([KEY_B]))).toEqual({ outcome: 'not_mine', kid: 'a' });
      expect(await store.deliveries.find(flow.lastJob('delivery').id)).toMatchObject({
        state: 'pending',
        attemptsMade: 0,
      });
      expect(await flow.deliver(flow.worker([KEY_B, KEY_A]))).toMatchObject({ outcome: 'accepted' });
    });

    it('leaves a row alone when the kid is known but stands for another key', async () => {
      const { flow } = await withAlice();
      await flow.ask('alice@example.com');
      await flow.identify(flow.worker([KEY_A]));
      expect(await flow.deliver(flow.worker([{ kid: 'a', key: KEY_B.key }]))).toEqual({
        outcome: 'not_mine',
        kid: 'a',
      });
      expect(flow.mail.sent).toEqual([]);
    });

    it('sends no mail for a replayed job of a settled or redeemed request, with and without a new key [T-38]', async () => {
      const { flow } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const token = flow.lastToken();
      const resetDelivery = flow.lastJob('delivery').id;
      const { id: requestId } = flow.lastJob('request');
      await flow.redeem(token, NEW);
      await flow.deliver();
      const sent = flow.mail.sent.length;

      for (const worker of [flow.worker([KEY_A]), flow.worker([KEY_B, KEY_A]), flow.worker([KEY_B])]) {
        expect(await worker.processRequest({ requestId })).toEqual({ outcome: 'lost', state: 'redeemed' });
        expect(await worker.deliverMail({ deliveryId: resetDelivery })).toMatchObject({ outcome: 'lost' });
      }
      expect(flow.mail.sent).toHaveLength(sent);
      expect(await flow.redeem(token, 'yet another phrase')).toMatchObject({ outcome: 'invalid_token' });
    });

    it('leaves nothing to rebuild the link from, even for the holder of the key', async () => {
      const { flow, store } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const row = await store.requests.find(flow.lastJob('request').id);
      expect(row?.state).toBe('minted');
      expect(row?.seed).toBeNull();
      const keys = createTokenKeys([KEY_A]);
      const guess = keys.derive({
        kid: 'a',
        purpose: 'password-reset',
        requestId: row?.requestId ?? '',
        seed: new Uint8Array(16),
      });
      expect(hashToken(guess ?? '')).not.toBe(hashToken(flow.lastToken()));
    });
  });
};
