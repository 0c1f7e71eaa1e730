import { describe, expect, it } from 'vitest';
import { LINKS_A_DAY, REFUSALS } from '../../src/mint/why-silent.ts';
import { MAX_LIVE_LINKS } from '../../src/parts/token.ts';
import type { Store } from '../../src/ports/store.ts';
import { createFlow, KEY_A, MINUTE } from '../support/flow.ts';
import { fakeBcrypt, SENT } from '../support/memory-ports.ts';
import { NEW, type World } from './world.ts';

const REFUSED = { ...SENT, class: 'permanent', code: 550, enhancedCode: '5.1.1' } as const;

/** The owner of the mailbox can always recover the account, however often strangers make requests for it. */
export const recovery = ({ withAlice }: World): void => {
  describe('recovery cannot be denied', () => {
    it('stays silent over the account limit only while there is a link to use [T-19]', async () => {
      const { flow } = await withAlice({ limits: { network: 99, account: 1, redeem: 99 } });
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      const first = flow.lastToken();
      expect(await flow.askAndDeliver('alice@example.com')).toEqual({
        outcome: 'over_limit',
        reason: 'live_link',
      });
      expect(await flow.check(first)).toBe('valid');

      flow.clock.advance(31 * MINUTE);
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      expect(await flow.check(flow.lastToken())).toBe('valid');
    });

    it('sends over the limit when the only link is about to end [T-19]', async () => {
      const { flow } = await withAlice({ limits: { network: 99, account: 1, redeem: 99 } });
      await flow.askAndDeliver('alice@example.com');
      flow.clock.advance(26 * MINUTE);
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ reason: 'live_link' });
    });

    it('gives the owner a working link 31 minutes after three requests by a stranger', async () => {
      const { flow } = await withAlice({ limits: { network: 99, account: 3, redeem: 99 } });
      for (let i = 0; i < 3; i += 1) await flow.askAndDeliver('alice@example.com');
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'over_limit' });

      flow.clock.advance(31 * MINUTE);
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('sends over the limit when the mail of the only link failed [T-19]', async () => {
      const { flow } = await withAlice({ limits: { network: 99, account: 1, redeem: 99 } });
      flow.mail.relay.next = () => REFUSED;
      await flow.askAndDeliver('alice@example.com');
      flow.mail.relay.next = () => SENT;
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
    });

    it('sends nothing over the limit to a mailbox that refused the last three mails, for 30 minutes', async () => {
      const { flow } = await withAlice({ limits: { network: 99, account: 0, redeem: 99 } });
      flow.mail.relay.next = () => REFUSED;
      for (let i = 0; i < REFUSALS; i += 1)
        expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      flow.mail.relay.next = () => SENT;
      const silent = { outcome: 'over_limit', reason: 'refused_mails' };
      expect(await flow.askAndDeliver('alice@example.com')).toEqual(silent);

      flow.clock.advance(30 * MINUTE - 1);
      expect(await flow.askAndDeliver('alice@example.com')).toEqual(silent);
      flow.clock.advance(1);
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('sends within the limit whatever the mailbox refused, as long as it is not twelve times a day', async () => {
      const { flow } = await withAlice();
      flow.mail.relay.next = () => REFUSED;
      for (let i = 0; i < LINKS_A_DAY; i += 1)
        expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ reason: 'refused_mails' });
    });

    /** An account with twelve mails in one day. The links of all but the last have ended. */
    const withManyMails = async () => {
      const world = await withAlice({ linkTtlMs: 10 * MINUTE });
      for (let i = 0; i < LINKS_A_DAY; i += 1) {
        world.flow.clock.advance(10 * MINUTE);
        expect(await world.flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      }
      return world;
    };

    it('sends one mail in 30 minutes at most after twelve in a day, and after 30 minutes one for certain [T-19]', async () => {
      const { host, flow } = await withManyMails();
      const ask = () => flow.askAndDeliver('alice@example.com');
      expect(await ask()).toEqual({ outcome: 'over_limit', reason: 'live_link' });
      expect(await flow.check(flow.lastToken())).toBe('valid');

      flow.clock.advance(10 * MINUTE);
      expect(await flow.check(flow.lastToken())).toBe('invalid');
      expect(await ask()).toEqual({ outcome: 'over_limit', reason: 'recent_mail' });
      const outcomes = (await host.audit())
        .filter(({ event }) => event === 'requested')
        .map(({ outcome }) => outcome);
      expect(outcomes.slice(-2)).toEqual(['live_link', 'recent_mail']);
      flow.clock.advance(20 * MINUTE);
      expect(await ask()).toMatchObject({ outcome: 'minted' });
      expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('sends at once after twelve mails in a day when the last mail failed', async () => {
      const { flow } = await withManyMails();
      flow.clock.advance(30 * MINUTE);
      flow.mail.relay.next = () => REFUSED;
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      flow.mail.relay.next = () => SENT;
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ reason: 'live_link' });
    });

    it('sends one mail after twelve in a day for requests processed at the same moment', async () => {
      const { flow } = await withManyMails();
      flow.clock.advance(30 * MINUTE);
      flow.queue.enqueued.length = 0;
      for (let i = 0; i < 8; i += 1) await flow.ask('alice@example.com');
      const ids = flow.queue.enqueued.flatMap((job) => (job.kind === 'request' ? [job.id] : []));
      const outcomes = await Promise.all(ids.map((requestId) => flow.worker().processRequest({ requestId })));
      expect(outcomes.filter(({ outcome }) => outcome === 'minted')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'over_limit')).toHaveLength(7);
    });

    it('forgets the mails of a day after that day', async () => {
      const { flow } = await withManyMails();
      flow.clock.advance(24 * 60 * MINUTE);
      for (let i = 0; i < MAX_LIVE_LINKS; i += 1)
        expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
    });

    it('looks at the mails of all open links at once, however many of them failed', async () => {
      const { store } = await withAlice();
      let looks = 0;
      const transaction: Store['transaction'] = (work) =>
        store.transaction((tx) => {
          const deliveries = new Proxy(tx.deliveries, {
            get: (target, name) => {
              looks += name === 'insert' ? 0 : 1;
              return Reflect.get(target, name);
            },
          });
          return work({ ...tx, deliveries });
        });
      const flow = createFlow({ ...store, transaction });
      flow.mail.relay.next = () => REFUSED;
      for (let i = 0; i < LINKS_A_DAY - 1; i += 1) await flow.askAndDeliver('alice@example.com');

      await flow.ask('alice@example.com');
      looks = 0;
      expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
      expect(looks).toBe(1);

      flow.clock.advance(31 * MINUTE);
      await flow.ask('alice@example.com');
      looks = 0;
      expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
      expect(looks, 'no link is live, so no mail matters').toBe(0);
    });

    it('lets requests that get no link pass each other: only one that mints takes the account for itself', async () => {
      const { store } = await withAlice();
      let locks = 0;
      const transaction: Store['transaction'] = (work) =>
        store.transaction((tx) => {
          const lock: Store['accountLocks']['lock'] = (userId, at) => {
            locks += 1;
            return tx.accountLocks.lock(userId, at);
          };
          return work({ ...tx, accountLocks: { lock } });
        });
      const flow = createFlow({ ...store, transaction });
      for (let i = 0; i < MAX_LIVE_LINKS; i += 1) await flow.askAndDeliver('alice@example.com');
      expect(locks).toBe(MAX_LIVE_LINKS);

      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'over_limit' });
      expect(locks).toBe(MAX_LIVE_LINKS);
    });

    it('keeps every delivered link alive under fifty requests by strangers, and never opens a fourth [T-19]', async () => {
      const { flow } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const first = flow.lastToken();
      const outcomes = [];
      for (let i = 0; i < 50; i += 1) outcomes.push((await flow.askAndDeliver('alice@example.com')).outcome);
      expect(outcomes.filter((outcome) => outcome === 'minted')).toHaveLength(MAX_LIVE_LINKS - 1);
      expect(await flow.check(first)).toBe('valid');
      expect(await flow.redeem(first, NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('decides inside the transaction: requests processed at the same moment open three links at most', async () => {
      const { flow } = await withAlice();
      for (let i = 0; i < 12; i += 1) await flow.ask('alice@example.com');
      const ids = flow.queue.enqueued.flatMap((job) => (job.kind === 'request' ? [job.id] : []));
      const outcomes = await Promise.all(ids.map((requestId) => flow.worker().processRequest({ requestId })));
      const minted = outcomes.filter(({ outcome }) => outcome === 'minted');
      expect(minted.length).toBeLessThanOrEqual(MAX_LIVE_LINKS);
      expect(minted.length).toBeGreaterThan(0);
    });

    it('voids no link that fits the account as it is now when a slow worker remembers it as it was', async () => {
      const { host, flow, store, alice } = await withAlice();
      await flow.ask('alice@example.com');
      const { id: requestId } = flow.lastJob('request');
      let fresh = '';
      // Between the look-up and the minting the host sets another password, and the account's owner gets a link for that
      // password.
      const find = store.users.findByAddress;
      const slowUsers: Store['users'] = {
        ...store.users,
        findByAddress: async (typed) => {
          const remembered = await find(typed);
          await host.changeUser(alice, { passwordHash: fakeBcrypt('changed by hand') });
          await flow.askAndDeliver('alice@example.com');
          fresh = flow.lastToken();
          return remembered;
        },
      };
      const slow = flow.worker([KEY_A], 'slow', { ...store, users: slowUsers });

      expect(await slow.processRequest({ requestId })).toMatchObject({ outcome: 'deferred' });
      expect(await flow.check(fresh)).toBe('valid');
      flow.clock.advance(MINUTE);
      expect(await flow.worker().processRequest({ requestId })).toMatchObject({ outcome: 'minted' });
    });

    it('does not count a link that the account has outgrown', async () => {
      const { host, flow, alice } = await withAlice({ limits: { network: 99, account: 1, redeem: 99 } });
      await flow.askAndDeliver('alice@example.com');
      await host.changeUser(alice, { passwordHash: fakeBcrypt('changed by hand') });
      expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
    });
  });
};
