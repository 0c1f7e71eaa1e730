import { describe, expect, it } from 'vitest';
import { createTokenKeys, hashToken } from '../../token.ts';
import { KEY_A, KEY_B, MINUTE } from '../flow.ts';
import { fakeBcrypt, SENT } from '../memory-ports.ts';
import { NEW, type World } from './world.ts';

/** A mail leaves, leaves again as the same mail, or is seen not to leave. */
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
      // The lease lapses while the relay takes its time; somebody else takes over and settles first.
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

    it('retries what may work later and stops before the link expires', async () => {
      const { host, flow } = await withAlice();
      flow.mail.relay.next = () => ({ ...SENT, class: 'transient', code: 451, enhancedCode: '4.3.0' });
      await flow.ask('alice@example.com');
      await flow.identify();
      const started = flow.clock.now().getTime();
      let outcome = '';
      while (outcome !== 'dead') {
        outcome = (await flow.deliver()).outcome;
        if (outcome === 'deferred')
          flow.clock.advance(flow.lastWake('delivery').dueAt.getTime() - flow.clock.now().getTime());
      }
      expect(flow.clock.now().getTime() - started).toBeLessThan(30 * MINUTE);
      expect(flow.mail.sent.length).toBeGreaterThan(20);
      expect((await host.audit()).at(-1)).toMatchObject({ event: 'failed' });
    });

    it('gives up at once on a permanent error, and erases the seed', async () => {
      const { flow, store } = await withAlice();
      flow.mail.relay.next = () => ({ ...SENT, class: 'permanent', code: 550, enhancedCode: '5.1.1' });
      await flow.ask('alice@example.com');
      await flow.identify();
      expect(await flow.deliver()).toMatchObject({ outcome: 'failed' });
      expect(await store.requests.find(flow.lastWake('request').id)).toMatchObject({ seed: null });
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
        expect(await store.requests.find(flow.lastWake('request').id)).toMatchObject({ seed: null });
      }
    });

    it('leaves a row to a worker that has its key', async () => {
      const { flow, store } = await withAlice();
      await flow.ask('alice@example.com');
      await flow.identify(flow.worker([KEY_A]));
      expect(await flow.deliver(flow.worker([KEY_B]))).toEqual({ outcome: 'not_mine', kid: 'a' });
      expect(await store.deliveries.find(flow.lastWake('delivery').id)).toMatchObject({
        state: 'pending',
        attempt: 0,
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

    it('sends no mail for a replayed job of a settled or redeemed request, with and without a new key', async () => {
      const { flow } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const token = flow.lastToken();
      const resetDelivery = flow.lastWake('delivery').id;
      const { id: requestId } = flow.lastWake('request');
      await flow.redeem(token, NEW);
      await flow.deliver();
      const sent = flow.mail.sent.length;

      for (const worker of [flow.worker([KEY_A]), flow.worker([KEY_B, KEY_A]), flow.worker([KEY_B])]) {
        expect(await worker.processRequest({ requestId })).toEqual({ outcome: 'lost', state: 'redeemed' });
        expect(await worker.deliverMail({ deliveryId: resetDelivery })).toMatchObject({ outcome: 'lost' });
      }
      expect(flow.mail.sent).toHaveLength(sent);
      expect(await flow.redeem(token, 'yet another phrase')).toMatchObject({ reason: 'invalid_token' });
    });

    it('leaves nothing to rebuild the link from, even for the holder of the key', async () => {
      const { flow, store } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const row = await store.requests.find(flow.lastWake('request').id);
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
