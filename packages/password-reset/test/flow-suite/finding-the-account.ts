import { describe, expect, it } from 'vitest';
import { MINUTE } from '../support/flow.ts';
import { ALICE, type World } from './world.ts';

/** Which account the worker finds behind an address, and that it looks only once. */
export const findingTheAccount = ({ setUp, withAlice }: World): void => {
  describe('finding the account', () => {
    it.each([
      ['no_account', 'nobody@example.com', undefined],
      ['ineligible', 'alice@example.com', { active: false }],
      ['ineligible', 'alice@example.com', { passwordHash: null }],
      ['ineligible', 'alice@example.com', { passwordHash: '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA' }],
    ])('settles %s for %s %o without a mail', async (outcome, email, changes) => {
      const { host, flow, store, alice } = await withAlice();
      if (changes) await host.changeUser(alice, changes);
      await flow.ask(email);
      expect(await flow.identify()).toMatchObject({ outcome });
      const row = await store.requests.find(flow.lastJob('request').id);
      expect(row).toMatchObject({ state: outcome, address: null, seed: null, dueAt: null });
      expect(await flow.deliver()).toMatchObject({ outcome: 'ghost' });
      expect(flow.mail.sent).toEqual([]);
    });

    it('finds Bob@Example.com typed exactly, and not by another case', async () => {
      const { host, flow } = await setUp();
      await host.addUser({ ...ALICE, address: 'Bob@Example.com' });
      expect(await flow.askAndDeliver('bob@example.com')).toMatchObject({ outcome: 'no_account' });
      expect(await flow.askAndDeliver('Bob@Example.com')).toMatchObject({ outcome: 'minted' });
      expect(flow.mail.sent[0]?.to).toBe('Bob@Example.com');
    });

    it('takes the account nearest to what was typed, of three whose addresses differ in case alone [T-26]', async () => {
      const { host, flow } = await setUp();
      const typed = 'Carol@Example.com';
      for (const address of ['carol@example.com', 'Carol@example.com', typed]) {
        await host.addUser({ ...ALICE, address });
        expect(await flow.askAndDeliver(typed)).toMatchObject({ outcome: 'minted' });
        expect(flow.mail.sent.at(-1)?.to).toBe(address);
      }
      await host.addUser({ ...ALICE, address: typed });
      expect(await flow.askAndDeliver(typed)).toMatchObject({ reason: 'ambiguous_account' });
    });

    it('mails the stored address when the typed one differs in case [T-26]', async () => {
      const { flow } = await withAlice();
      expect(await flow.askAndDeliver('  ALICE@Example.COM ')).toMatchObject({ outcome: 'minted' });
      expect(flow.mail.sent[0]?.to).toBe('alice@example.com');
    });

    it('matches no look-alike: Kelvin sign, dotless i, full-width letters [T-26]', async () => {
      const { host, flow } = await setUp();
      await host.addUser({ ...ALICE, address: 'kim@example.com' });
      for (const typed of ['\u212aim@example.com', 'k\u0131m@example.com', '\uff4bim@example.com']) {
        expect(await flow.askAndDeliver(typed)).toMatchObject({ outcome: 'no_account' });
      }
    });

    it('sends nothing when two accounts answer to an address and neither is the typed one', async () => {
      const { host, flow } = await setUp();
      await host.addUser({ ...ALICE, address: 'carol@example.com' });
      await host.addUser({ ...ALICE, address: 'Carol@example.com' });
      expect(await flow.askAndDeliver('Carol@example.com')).toMatchObject({ outcome: 'minted' });
      expect(flow.mail.sent[0]?.to).toBe('Carol@example.com');
      await host.addUser({ ...ALICE, address: 'carol@example.com' });
      expect(await flow.askAndDeliver('CAROL@example.com')).toMatchObject({ reason: 'ambiguous_account' });
    });

    it('closes a request that is older than its deadline, visibly', async () => {
      const { host, flow } = await withAlice();
      await flow.ask('alice@example.com');
      flow.clock.advance(61 * MINUTE);
      expect(await flow.identify()).toEqual({ outcome: 'expired' });
      expect(await host.audit()).toMatchObject([{ event: 'requested', outcome: 'expired' }]);
    });

    it('says so when the API counts by another key than this worker has', async () => {
      const { flow, store } = await withAlice();
      const now = flow.clock.now();
      const unknown = { network: null, userAgent: null, locale: null, traceparent: null };
      const row = {
        requestId: 'f'.repeat(32),
        reference: 'R',
        address: 'alice@example.com',
        overLimit: false,
      };
      await store.requests.accept({ ...row, ...unknown, identifierHmac: 'x', acceptedAt: now, dueAt: now });

      const { processRequest } = flow.worker();
      expect(await processRequest(row)).toMatchObject({ outcome: 'minted', keysDiffer: true });
      await flow.ask('alice@example.com');
      expect(await flow.identify()).not.toHaveProperty('keysDiffer');
    });

    it('is done once: the second worker, and a replayed job, find nothing to do', async () => {
      const { flow } = await withAlice();
      await flow.ask('alice@example.com');
      const both = await Promise.all([flow.identify(flow.worker()), flow.identify(flow.worker())]);
      expect(both.map(({ outcome }) => outcome).sort()).toEqual(['lost', 'minted']);
      expect(await flow.identify()).toEqual({ outcome: 'lost', state: 'minted' });
    });

    it('is taken up again when the lease of a vanished worker expires', async () => {
      const { flow, store } = await withAlice();
      await flow.ask('alice@example.com');
      const { id: requestId } = flow.lastJob('request');
      const now = flow.clock.now();
      await store.requests.claim({
        requestId,
        leaseId: 'vanished',
        now,
        leaseUntil: new Date(now.getTime() + 30_000),
        dueAt: new Date(now.getTime() + 15_000),
      });
      expect(await flow.identify()).toEqual({ outcome: 'lost', state: 'claimed' });
      flow.clock.advance(30_001);
      expect(await flow.worker().reconcile()).toMatchObject({
        recovered: [{ reason: 'lease_expired', attempt: 1 }],
      });
      expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
    });
  });
};
