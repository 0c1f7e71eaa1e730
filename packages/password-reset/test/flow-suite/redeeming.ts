import { describe, expect, it } from 'vitest';
import { HasherBusyError, UnavailableError } from '../../src/errors.ts';
import { hashToken } from '../../src/parts/token.ts';
import type { Store } from '../../src/ports/store.ts';
import { createFlow, MINUTE } from '../support/flow.ts';
import { fakeBcrypt } from '../support/memory-ports.ts';
import { ALICE, NEW, OLD, type World } from './world.ts';

/** A link changes one password, once, and only while it still fits the account. */
export const redeeming = ({ setUp, withAlice }: World): void => {
  /** A link for Alice's account, and a process whose database is away for the calls that a test chooses. */
  const blip = async () => {
    const { flow: asked, store } = await withAlice();
    await asked.askAndDeliver('alice@example.com');
    const token = asked.lastToken();
    const away = { transaction: false, release: false, reserve: false as false | 'before' | 'after' };
    const gone = () => Promise.reject(new UnavailableError('away'));
    let reserveLate = async (): Promise<unknown> => undefined;

    const { transaction, tokens } = store;
    const flow = createFlow({
      ...store,
      transaction: (work) => (away.transaction ? gone() : transaction(work)),
      tokens: {
        ...tokens,
        release: (input) => (away.release ? gone() : tokens.release(input)),
        reserve: async (input) => {
          if (!away.reserve) return tokens.reserve(input);
          if (away.reserve === 'before') await tokens.reserve(input);
          else reserveLate = () => tokens.reserve(input);
          return gone();
        },
      },
    });
    return { flow, token, away, row: () => tokens.find(hashToken(token)), reserveLate: () => reserveLate() };
  };

  describe('redeeming', () => {
    it('works exactly once under 200 parallel calls, and computes one hash [T-16]', async () => {
      const { flow } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const token = flow.lastToken();
      const calls = Array.from({ length: 200 }, (_, i) => flow.redeem(token, NEW, `203.0.113.${i}`));
      const outcomes = await Promise.all(calls);
      expect(outcomes.filter(({ outcome }) => outcome === 'reset')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'invalid_token')).toHaveLength(199);
      expect(flow.hashing.computed.hashes).toBe(1);
    });

    it('gives one error for unknown, malformed, used, expired and foreign tokens [T-17] [T-21]', async () => {
      const { flow } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const used = flow.lastToken();
      await flow.redeem(used, NEW);
      await flow.askAndDeliver('alice@example.com');
      const expired = flow.lastToken();
      flow.clock.advance(31 * MINUTE);
      for (const token of [
        '',
        'x',
        'é\u0000',
        'A'.repeat(43),
        used,
        expired,
        `${expired} `,
        expired.slice(1),
      ]) {
        expect(await flow.redeem(token, 'yet another phrase')).toEqual({
          outcome: 'invalid_token',
        });
      }
    });

    it('counts invalid tokens against the network and never refuses a live one for it', async () => {
      const { flow } = await withAlice({ limits: { network: 99, account: 99, redeem: 2 } });
      await flow.askAndDeliver('alice@example.com');
      await flow.redeem('invalid', NEW);
      expect(await flow.check('invalid')).toBe('invalid');
      expect(await flow.redeem('invalid', NEW)).toMatchObject({ outcome: 'rate_limited' });
      expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('tells what is wrong with a password and keeps the link, ten times [T-20] [T-30] [T-31]', async () => {
      const { flow } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const token = flow.lastToken();
      expect(await flow.redeem(token, 'xq7!vv')).toEqual({
        outcome: 'password_rejected',
        rules: ['TOO_SHORT'],
      });
      expect(await flow.check(token)).toBe('valid');
      for (let i = 0; i < 9; i += 1)
        expect(await flow.redeem(token, 'xq7!vv')).toMatchObject({ outcome: 'password_rejected' });
      expect(await flow.redeem(token, NEW)).toEqual({ outcome: 'invalid_token' });
    });

    it('compares with the current password four times a link at most, and three leave a last try [T-20]', async () => {
      const same = { outcome: 'password_rejected', rules: ['SAME_AS_CURRENT'] };
      for (const last of [NEW, OLD]) {
        const { flow } = await withAlice();
        await flow.askAndDeliver('alice@example.com');
        const token = flow.lastToken();
        for (let i = 0; i < 3; i += 1) expect(await flow.redeem(token, OLD)).toEqual(same);
        expect(await flow.check(token)).toBe('valid');

        if (last === NEW) expect(await flow.redeem(token, NEW)).toMatchObject({ outcome: 'reset' });
        else expect(await flow.redeem(token, OLD)).toEqual(same);
        expect(await flow.redeem(token, NEW)).toEqual({ outcome: 'invalid_token' });
        expect(flow.hashing.computed.compares).toBe(4);
      }
    });

    it('gives back an attempt that found no room for hashing, but not one whose comparison was done [T-32]', async () => {
      const { store, flow } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const token = flow.lastToken();
      const attempts = async () => (await store.tokens.find(hashToken(token)))?.attemptsMade;
      const { hash, matches } = flow.hashing.hasher;
      const busy = () => Promise.reject(new HasherBusyError());
      const unavailable = { outcome: 'unavailable' };

      flow.hashing.hasher.matches = busy;
      expect(await flow.redeem(token, NEW)).toEqual(unavailable);
      expect(await attempts()).toBe(0);

      flow.hashing.hasher.matches = matches;
      flow.hashing.hasher.hash = busy;
      expect(await flow.redeem(token, NEW)).toEqual(unavailable);
      expect(await attempts()).toBe(1);

      flow.hashing.hasher.hash = hash;
      expect(await flow.redeem(token, NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('audits a link that was tried too often as such, not as expired [T-36]', async () => {
      const { host, flow } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      for (let i = 0; i < 11; i += 1) await flow.redeem(flow.lastToken(), 'xq7!vv');

      expect((await host.audit()).at(-1)).toMatchObject({ event: 'reuse', outcome: 'exhausted' });
    });

    it('voids every other link of the user, and leaves those of others alone [T-18]', async () => {
      const { host, flow } = await withAlice();
      await host.addUser({ ...ALICE, address: 'dave@example.com' });
      await flow.askAndDeliver('dave@example.com');
      const dave = flow.lastToken();
      await flow.askAndDeliver('alice@example.com');
      const first = flow.lastToken();
      await flow.askAndDeliver('alice@example.com');
      expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ outcome: 'reset' });
      expect(await flow.check(first)).toBe('invalid');
      expect(await flow.check(dave)).toBe('valid');
    });

    it('refuses a link whose account changed address, password or standing, or is gone [T-15] [T-18]', async () => {
      const later = new Date('2100-01-05T10:05:00Z');
      for (const changes of [
        { address: 'alice@new.example.com' },
        { passwordHash: fakeBcrypt('by hand') },
        { active: false },
        { credentialsChangedAt: later },
        undefined,
      ]) {
        const { host, flow, alice } = await withAlice();
        await flow.askAndDeliver('alice@example.com');
        if (changes) await host.changeUser(alice, changes);
        else await host.removeUser(alice);
        expect(await flow.redeem(flow.lastToken(), NEW)).toEqual({ outcome: 'invalid_token' });
        if (changes && 'active' in changes) {
          await host.changeUser(alice, { active: true });
          expect(await flow.check(flow.lastToken())).toBe('invalid');
        }
      }
    });

    it('writes nothing when the user row changed while the password was being hashed [T-10]', async () => {
      const { host, flow, store, alice } = await withAlice();
      await host.addSession(alice);
      await flow.askAndDeliver('alice@example.com');
      const hash = flow.hashing.hasher.hash;
      flow.hashing.hasher.hash = async (password, like, whose) => {
        await host.changeUser(alice, { address: 'alice@new.example.com' });
        return hash(password, like, whose);
      };
      expect(await flow.redeem(flow.lastToken(), NEW)).toEqual({ outcome: 'invalid_token' });
      expect((await store.users.findById(alice))?.passwordHash).toBe(fakeBcrypt(OLD));
      expect(await host.sessionCount(alice)).toBe(1);
      expect(await store.requests.find(flow.lastJob('request').id)).toMatchObject({ state: 'minted' });
    });

    it('ends a session, too, that was opened with the old password while the reset was being written [T-33]', async () => {
      const { host, store, alice } = await withAlice();
      await host.addSession(alice);
      const transaction: Store['transaction'] = (work) =>
        store.transaction((tx) => {
          const revokeAll: Store['sessions']['revokeAll'] = async (userId) => {
            const revoked = await tx.sessions.revokeAll(userId);
            await host.addSession(userId);
            return revoked;
          };
          return work({ ...tx, sessions: { revokeAll } });
        });
      const flow = createFlow({ ...store, transaction });
      await flow.askAndDeliver('alice@example.com');

      expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({
        outcome: 'reset',
        sessionsRevoked: 2,
      });
      expect(await host.sessionCount(alice)).toBe(0);
    });

    it('costs the link nothing when the database goes away in the middle: the link works as soon as the database is back [T-38]', async () => {
      const { flow, token, away, row } = await blip();
      away.transaction = away.release = true;
      expect(await flow.redeem(token, NEW)).toEqual({ outcome: 'unavailable' });

      for (let seconds = 0; seconds < 5; seconds += 1) {
        flow.clock.advance(1_000);
        expect(await flow.redeem(token, NEW)).toEqual({ outcome: 'unavailable' });
      }
      away.transaction = away.release = false;
      flow.clock.advance(1_000);
      await expect.poll(async () => (await row())?.busyUntil).toBeNull();
      expect(await row()).toMatchObject({ attemptsMade: 0 });
      expect(await flow.redeem(token, NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('gives back a reservation whose answer was lost, and one that comes into being only afterwards [T-38]', async () => {
      for (const when of ['before', 'after'] as const) {
        const { flow, token, away, row, reserveLate } = await blip();
        away.reserve = when;
        expect(await flow.redeem(token, NEW)).toEqual({ outcome: 'unavailable' });
        away.reserve = false;
        await reserveLate();

        const aSecondLater = async () => {
          flow.clock.advance(1_000);
          return (await row())?.busyUntil;
        };
        await expect.poll(aSecondLater).toBeNull();
        expect(await row()).toMatchObject({ attemptsMade: 0 });
        expect(await flow.redeem(token, NEW)).toMatchObject({ outcome: 'reset' });
      }
    });

    it('asks for another try while another process has the link in hand, until that is over [T-16]', async () => {
      const { flow, store } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const token = flow.lastToken();
      const other = createFlow(store);
      const hash = other.hashing.hasher.hash;
      let met: unknown;
      other.hashing.hasher.hash = async (password, like, whose) => {
        met = await flow.redeem(token, NEW);
        return hash(password, like, whose);
      };

      expect(await other.redeem(token, NEW)).toMatchObject({ outcome: 'reset' });
      expect(met).toEqual({ outcome: 'unavailable' });
      expect(await flow.redeem(token, NEW)).toEqual({ outcome: 'invalid_token' });
    });

    it('ends no link while its last attempt is in hand: another try is asked for, by this process or another', async () => {
      const { flow, store } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const token = flow.lastToken();
      for (let count = 0; count < 9; count += 1) await flow.redeem(token, 'short');

      const unavailable = { outcome: 'unavailable' };
      const other = createFlow(store);
      const during: unknown[] = [];
      other.hashing.hasher.matches = async () => {
        during.push(await flow.redeem(token, NEW), await flow.check(token));
        throw new HasherBusyError();
      };
      expect(await other.redeem(token, NEW)).toEqual(unavailable);
      expect(during).toEqual([unavailable, 'valid']);
      expect(await flow.redeem(token, NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('asks for another try in calls at the same time as one whose password is rejected: the link is good', async () => {
      const { flow: asked, store } = await withAlice();
      await asked.askAndDeliver('alice@example.com');
      const token = asked.lastToken();
      let lookUps = 0;
      let bothFound = (): void => {};
      const both = new Promise<void>((resolve) => {
        bothFound = resolve;
      });
      // Both calls wait until both have found the link. Otherwise a slow database could let one end before the other begins.
      const findById: typeof store.users.findById = async (userId) => {
        const account = await store.users.findById(userId);
        lookUps += 1;
        if (lookUps === 2) bothFound();
        await both;
        return account;
      };
      const flow = createFlow({ ...store, users: { ...store.users, findById } });

      const outcomes = await Promise.all([flow.redeem(token, OLD), flow.redeem(token, OLD)]);
      // Either of the two calls may be the one that reserves the link.
      const reasons = outcomes.map(({ outcome }) => outcome);
      expect(reasons.toSorted()).toEqual(['password_rejected', 'unavailable']);
      expect(await flow.redeem(token, NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('ends late sessions with the notice when the answer of the commit was lost [T-33]', async () => {
      const { host, store, alice } = await withAlice();
      const asked = createFlow(store);
      await asked.askAndDeliver('alice@example.com');
      const transaction: Store['transaction'] = async (work) => {
        await store.transaction(work);
        await host.addSession(alice);
        throw new UnavailableError('committed, but the answer was lost');
      };
      const flow = createFlow({ ...store, transaction });

      expect(await flow.redeem(asked.lastToken(), NEW)).toEqual({ outcome: 'unavailable' });
      expect(await host.sessionCount(alice)).toBe(1);
      asked.clock.advance(16_000);
      await asked.worker().reconcile();
      expect(await asked.deliver()).toMatchObject({
        outcome: 'accepted',
        delivery: { kind: 'password-changed' },
      });
      expect(await host.sessionCount(alice)).toBe(0);
    });

    it('ends late sessions with the notice when the second look at the sessions failed [T-33]', async () => {
      const { host, store, alice } = await withAlice();
      const away: Store['sessions'] = { revokeAll: () => Promise.reject(new UnavailableError('away')) };
      const flow = createFlow({ ...store, sessions: away });
      await flow.askAndDeliver('alice@example.com');
      await flow.redeem(flow.lastToken(), NEW);
      await host.addSession(alice);

      const deliveryId = flow.lastJob('delivery').id;
      const waiting = await flow.deliver();
      expect(waiting, 'while it cannot, the notice waits').toMatchObject({ outcome: 'postponed' });
      const at = waiting.outcome === 'postponed' ? waiting.at : undefined;
      expect(await store.deliveries.find(deliveryId)).toMatchObject({
        state: 'pending',
        endSessions: true,
        dueAt: at,
      });
      await createFlow(store).worker().deliverMail({ deliveryId });
      expect(await host.sessionCount(alice)).toBe(0);
    });

    it('waits less and less often for sessions that cannot be ended, and sends the notice after 15 minutes', async () => {
      const { store } = await withAlice();
      const slow: Store['sessions'] = { revokeAll: () => Promise.reject(new UnavailableError('no time')) };
      const flow = createFlow({ ...store, sessions: slow });
      await flow.askAndDeliver('alice@example.com');
      await flow.redeem(flow.lastToken(), NEW);
      const { id: deliveryId } = flow.lastJob('delivery');
      const startedAt = flow.clock.now().getTime();

      let attempts = 0;
      for (;;) {
        attempts += 1;
        const came = await flow.worker().deliverMail({ deliveryId });
        if (came.outcome !== 'postponed') {
          expect(came).toMatchObject({ outcome: 'accepted', delivery: { kind: 'password-changed' } });
          break;
        }
        flow.clock.advance(came.at.getTime() - flow.clock.now().getTime());
      }
      const tookMs = flow.clock.now().getTime() - startedAt;
      expect(tookMs).toBeGreaterThan(15 * MINUTE);
      expect(tookMs).toBeLessThan(16 * MINUTE);
      expect(attempts).toBeLessThan(100);
    });

    it('leaves whoever logged in with the new password alone when the notice is sent [T-33]', async () => {
      const { host, flow, alice } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      await flow.redeem(flow.lastToken(), NEW);
      await host.addSession(alice);

      expect(await flow.deliver()).toMatchObject({
        outcome: 'accepted',
        delivery: { kind: 'password-changed' },
      });
      expect(await host.sessionCount(alice)).toBe(1);
    });

    it('waits for the database once, not again to give the attempt back, when it goes away meanwhile', async () => {
      const { host, store, alice } = await withAlice();
      const away: Partial<Store> = {
        transaction: () => Promise.reject(new UnavailableError('away')),
        tokens: { ...store.tokens, release: () => new Promise<never>(() => {}) },
      };
      const asked = createFlow(store);
      await asked.askAndDeliver('alice@example.com');
      const flow = createFlow({ ...store, ...away });

      expect(await flow.redeem(asked.lastToken(), NEW)).toEqual({ outcome: 'unavailable' });
      expect((await store.users.findById(alice))?.passwordHash).toBe(fakeBcrypt(OLD));
      expect((await host.audit()).some(({ event }) => event === 'redeemed')).toBe(false);
    });

    it('is done although the second look at the sessions fails', async () => {
      const { host, store, alice } = await withAlice();
      await host.addSession(alice);
      const away: Store['sessions'] = { revokeAll: () => Promise.reject(new UnavailableError('away')) };
      const flow = createFlow({ ...store, sessions: away });
      await flow.askAndDeliver('alice@example.com');

      expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({
        outcome: 'reset',
        sessionsRevoked: 1,
      });
      expect(await host.sessionCount(alice)).toBe(0);
    });

    it('refuses a link when the host ended what was opened before, by its date alone, while the password was being hashed', async () => {
      const { host, flow, store, alice } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      const hash = flow.hashing.hasher.hash;
      flow.hashing.hasher.hash = async (password, like, whose) => {
        flow.clock.advance(MINUTE);
        await host.changeUser(alice, { credentialsChangedAt: flow.clock.now() });
        return hash(password, like, whose);
      };
      expect(await flow.redeem(flow.lastToken(), NEW)).toEqual({ outcome: 'invalid_token' });
      expect((await store.users.findById(alice))?.passwordHash).toBe(fakeBcrypt(OLD));
    });

    it('lets a link be made and used right after a change that another machine dated ahead of this one', async () => {
      const { host, flow } = await setUp();
      const ahead = new Date(flow.clock.now().getTime() + 20_000);
      await host.addUser({ ...ALICE, credentialsChangedAt: ahead });
      await flow.askAndDeliver('alice@example.com');
      expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ outcome: 'reset' });
    });

    it('tells how long the link lasts, whatever the host wrote about the last change', async () => {
      const { host, flow } = await setUp();
      // For instance local time that was stored as UTC.
      const ahead = new Date(flow.clock.now().getTime() + 120 * MINUTE);
      await host.addUser({ ...ALICE, credentialsChangedAt: ahead });
      await flow.askAndDeliver('alice@example.com');
      expect(flow.mail.sent.at(-1)?.content).toMatchObject({ ttlMinutes: 30 });
    });

    it('suppresses the mail of a link that was voided before it left', async () => {
      const { flow } = await withAlice();
      await flow.ask('alice@example.com');
      await flow.identify();
      const waiting = flow.lastJob('delivery').id;
      await flow.askAndDeliver('alice@example.com');
      await flow.redeem(flow.lastToken(), NEW);
      expect(await flow.worker().deliverMail({ deliveryId: waiting })).toMatchObject({
        outcome: 'suppressed',
      });
    });

    it('closes a link that nobody used [T-17] [T-36]', async () => {
      const { host, flow, store } = await withAlice();
      await flow.askAndDeliver('alice@example.com');
      flow.clock.advance(31 * MINUTE);
      expect(await flow.worker().reconcile()).toMatchObject({ recovered: [{ reason: 'link_expired' }] });
      expect(await flow.identify()).toEqual({ outcome: 'link_expired' });
      expect(await store.requests.find(flow.lastJob('request').id)).toMatchObject({
        state: 'link_expired',
        dueAt: null,
      });
      expect((await host.audit()).at(-1)).toMatchObject({ event: 'expired' });
    });
  });
};
