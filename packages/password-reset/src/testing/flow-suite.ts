import { afterEach, describe, expect, it } from 'vitest';
import type { AuditEvent, UserId } from '../model.ts';
import type { Backlog, Leases, Store } from '../ports.ts';
import { RECONCILE_BATCH } from '../reconcile.ts';
import { createTokenKeys, hashToken, MAX_LIVE_LINKS } from '../token.ts';
import { createFlow, type FlowOptions, KEY_A, KEY_B, MINUTE } from './flow.ts';
import { fakeBcrypt, SENT } from './memory-ports.ts';

/** A store under test, and the host's side of it. */
export interface FlowHarness {
  readonly store: Store & { backlog: Backlog; leases: Leases };
  addUser(user: HostUser): Promise<UserId>;
  changeUser(userId: UserId, changes: Partial<HostUser>): Promise<void>;
  removeUser(userId: UserId): Promise<void>;
  addSession(userId: UserId): Promise<void>;
  sessionCount(userId: UserId): Promise<number>;
  audit(): Promise<readonly AuditEvent[]>;
  close(): Promise<void>;
}
export interface HostUser {
  readonly address: string | null;
  readonly passwordHash: string | null;
  readonly active?: boolean;
  readonly name?: string;
  readonly locale?: string;
  readonly credentialsChangedAt?: Date;
}

const OLD = 'the old one, long ago';
const NEW = 'a brand new passphrase';
const ALICE: HostUser = {
  address: 'alice@example.com',
  passwordHash: fakeBcrypt(OLD),
  name: 'Alice',
  locale: 'de',
};

/** The flow's promises, held by whatever store is given: the in-memory one and the real one run the same sentences. */
export const describeFlow = (name: string, open: () => Promise<FlowHarness>): void => {
  describe(`the flow on ${name}`, () => {
    const opened: FlowHarness[] = [];
    afterEach(async () => {
      for (const harness of opened.splice(0)) await harness.close();
    });
    const setUp = async (options?: FlowOptions) => {
      const host = await open();
      opened.push(host);
      return { host, flow: createFlow(host.store, options), store: host.store };
    };

    const withAlice = async (options?: FlowOptions) => {
      const world = await setUp(options);
      return { ...world, alice: await world.host.addUser(ALICE) };
    };

    describe('from asking to the new password', () => {
      it('mails a working link, changes the password, ends every session and sends the news', async () => {
        const { host, flow, store, alice } = await withAlice();
        await host.addSession(alice);
        await host.addSession(alice);

        const asked = await flow.ask('alice@example.com');
        expect(asked).toMatchObject({ ok: true, expiresInSeconds: 1800, woken: true });
        expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
        expect(await flow.deliver()).toMatchObject({ outcome: 'accepted', settled: true });
        expect(flow.mail.sent[0]).toMatchObject({
          to: 'alice@example.com',
          locale: 'de',
          content: { ttlMinutes: 30 },
        });
        expect(await flow.check(flow.lastToken())).toBe('VALID');

        const reset = await flow.redeem(flow.lastToken(), NEW);
        expect(reset).toMatchObject({ ok: true, sessionsRevoked: 2 });
        expect(reset.ok && asked.ok && reset.reference === asked.reference).toBe(true);
        expect(await host.sessionCount(alice)).toBe(0);
        const user = await store.users.findById(alice);
        expect(user?.passwordHash).toBe(fakeBcrypt(NEW));
        expect(user?.credentialsChangedAt?.toISOString()).toBe('2100-01-05T10:00:00.000Z');

        expect(await flow.deliver()).toMatchObject({ outcome: 'accepted' });
        expect(flow.mail.sent[1]).toMatchObject({
          to: 'alice@example.com',
          content: { kind: 'password-changed' },
        });
        expect((await host.audit()).map(({ event }) => event).sort()).toEqual([
          'redeemed',
          'requested',
          'sent',
          'sent',
        ]);
        for (const event of await host.audit()) {
          expect(event).toMatchObject({ userId: alice, network: 'n', userAgent: 'test' });
        }
      });

      it('keeps no address, no seed and no due date once all has ended', async () => {
        const { flow, store } = await withAlice();
        await flow.askAndDeliver('alice@example.com');
        const { id: requestId } = flow.lastWake('request');
        expect(await store.requests.find(requestId)).toMatchObject({
          state: 'minted',
          address: null,
          seed: null,
        });
        await flow.redeem(flow.lastToken(), NEW);
        await flow.deliver();

        expect(await store.requests.find(requestId)).toMatchObject({
          state: 'redeemed',
          seed: null,
          dueAt: null,
        });
        for (const kind of ['password-reset', 'password-changed']) {
          const row = await store.deliveries.find(`${requestId}:${kind}`);
          expect(row).toMatchObject({
            state: 'accepted',
            to: null,
            name: null,
            dueAt: null,
            maskedTo: 'a***@e***.com',
          });
        }
      });

      it('keeps the bcrypt identifier of the hash it replaces', async () => {
        const { host, flow, store } = await setUp();
        const id = await host.addUser({ ...ALICE, passwordHash: fakeBcrypt(OLD, '$2y$') });
        await flow.askAndDeliver('alice@example.com');
        await flow.redeem(flow.lastToken(), NEW);
        expect((await store.users.findById(id))?.passwordHash).toBe(fakeBcrypt(NEW, '$2y$'));
      });
    });

    describe('asking', () => {
      it('answers strangers, members, disabled and over-limit accounts alike and makes the same calls for each', async () => {
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
        expect(flow.queue.rung).toHaveLength(4);
      });

      it('checks the syntax before it spends anything', async () => {
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
          expect(await flow.ask(email)).toEqual({ ok: false, reason: 'invalid_email' });
        }
        expect(flow.limits.calls).toEqual([]);
      });

      it('tells an over-limit network when to come back, without touching the account limit', async () => {
        const { flow } = await setUp({ limits: { network: 1, account: 9, redeem: 9 } });
        await flow.ask('a@example.com');
        expect(await flow.ask('b@example.com')).toMatchObject({
          ok: false,
          reason: 'rate_limited',
          retryAfterMs: 60_000,
        });
        expect(flow.limits.calls.filter((call) => call.startsWith('account'))).toHaveLength(1);
      });

      it('accepts a request whose wake-up fails, and the reconciler rings later', async () => {
        const { flow } = await withAlice();
        flow.queue.queue.fail = true;
        expect(await flow.ask('alice@example.com')).toMatchObject({ ok: true, woken: false });
        flow.queue.queue.fail = false;

        const { reconcile } = flow.worker();
        expect(await reconcile()).toEqual({ outcome: 'done', recovered: [] });
        flow.clock.advance(15_001);
        expect(await reconcile()).toMatchObject({ recovered: [{ kind: 'request', reason: 'wake_lost' }] });
        expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
      });

      it('lets the worker start only after the jitter that was drawn when the request was accepted', async () => {
        const { flow } = await withAlice({ jitterMs: 3_000 });
        const starts = new Set<number>();
        for (let i = 0; i < 20; i += 1) {
          await flow.ask(`member-${i}@example.com`);
          starts.add(flow.lastWake('request').dueAt.getTime() - flow.clock.now().getTime());
        }
        expect(Math.max(...starts)).toBeLessThanOrEqual(3_000);
        expect(starts.size).toBeGreaterThan(10);

        await flow.ask('alice@example.com');
        const { dueAt } = flow.lastWake('request');
        if (dueAt > flow.clock.now())
          expect(await flow.identify()).toEqual({ outcome: 'not_due', at: dueAt });
        flow.clock.advance(3_000);
        expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
      });
    });

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
        const row = await store.requests.find(flow.lastWake('request').id);
        expect(row).toMatchObject({ state: outcome, address: null, seed: null, dueAt: null });
        expect(flow.queue.rung.filter(({ kind }) => kind === 'delivery')).toEqual([]);
      });

      it('finds Bob@Example.com typed exactly, and not by another case', async () => {
        const { host, flow } = await setUp();
        await host.addUser({ ...ALICE, address: 'Bob@Example.com' });
        expect(await flow.askAndDeliver('bob@example.com')).toMatchObject({ outcome: 'no_account' });
        expect(await flow.askAndDeliver('Bob@Example.com')).toMatchObject({ outcome: 'minted' });
        expect(flow.mail.sent[0]?.to).toBe('Bob@Example.com');
      });

      it('mails the stored address when the typed one differs in case', async () => {
        const { flow } = await withAlice();
        expect(await flow.askAndDeliver('  ALICE@Example.COM ')).toMatchObject({ outcome: 'minted' });
        expect(flow.mail.sent[0]?.to).toBe('alice@example.com');
      });

      it('matches no look-alike: Kelvin sign, dotless i, full-width letters', async () => {
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

      it('is taken up again when the lease of a vanished worker lapses', async () => {
        const { flow, store } = await withAlice();
        await flow.ask('alice@example.com');
        const { id: requestId } = flow.lastWake('request');
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
          recovered: [{ reason: 'lease_lapsed', attempt: 1 }],
        });
        expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
      });
    });

    describe('recovery cannot be denied', () => {
      it('stays silent over the account limit only while there is a link to use', async () => {
        const { flow } = await withAlice({ limits: { network: 99, account: 1, redeem: 99 } });
        expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
        const first = flow.lastToken();
        expect(await flow.askAndDeliver('alice@example.com')).toEqual({
          outcome: 'over_limit',
          reason: 'live_link',
        });
        expect(await flow.check(first)).toBe('VALID');

        flow.clock.advance(31 * MINUTE);
        expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
        expect(await flow.check(flow.lastToken())).toBe('VALID');
      });

      it('sends over the limit when the only link is about to end', async () => {
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
        expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ ok: true });
      });

      it('sends over the limit when the mail of the only link failed', async () => {
        const { flow } = await withAlice({ limits: { network: 99, account: 1, redeem: 99 } });
        flow.mail.relay.next = () => ({ ...SENT, class: 'permanent', code: 550, enhancedCode: '5.1.1' });
        await flow.askAndDeliver('alice@example.com');
        flow.mail.relay.next = () => SENT;
        expect(await flow.askAndDeliver('alice@example.com')).toMatchObject({ outcome: 'minted' });
      });

      it('keeps every delivered link alive under fifty requests by strangers, and never opens a fourth', async () => {
        const { flow } = await withAlice();
        await flow.askAndDeliver('alice@example.com');
        const first = flow.lastToken();
        const outcomes = [];
        for (let i = 0; i < 50; i += 1)
          outcomes.push((await flow.askAndDeliver('alice@example.com')).outcome);
        expect(outcomes.filter((outcome) => outcome === 'minted')).toHaveLength(MAX_LIVE_LINKS - 1);
        expect(await flow.check(first)).toBe('VALID');
        expect(await flow.redeem(first, NEW)).toMatchObject({ ok: true });
      });

      it('decides inside the transaction: requests processed at the same moment open three links at most', async () => {
        const { flow } = await withAlice();
        for (let i = 0; i < 12; i += 1) await flow.ask('alice@example.com');
        const ids = flow.queue.rung.map(({ id }) => id);
        const outcomes = await Promise.all(
          ids.map((requestId) => flow.worker().processRequest({ requestId })),
        );
        const minted = outcomes.filter(({ outcome }) => outcome === 'minted');
        expect(minted.length).toBeLessThanOrEqual(MAX_LIVE_LINKS);
        expect(minted.length).toBeGreaterThan(0);
      });

      it('voids no link that fits the account as it is now when a slow worker remembers it as it was', async () => {
        const { host, flow, store, alice } = await withAlice();
        await flow.ask('alice@example.com');
        const { id: requestId } = flow.lastWake('request');
        let fresh = '';
        // Between a look-up and its mint the host sets another password, and its owner gets a link for that one.
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
        expect(await flow.check(fresh)).toBe('VALID');
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

    describe('redeeming', () => {
      it('works exactly once under 200 parallel calls, and computes one hash', async () => {
        const { flow } = await withAlice();
        await flow.askAndDeliver('alice@example.com');
        const token = flow.lastToken();
        const calls = Array.from({ length: 200 }, (_, i) => flow.redeem(token, NEW, `203.0.113.${i}`));
        const outcomes = await Promise.all(calls);
        expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
        expect(outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'invalid_token')).toHaveLength(
          199,
        );
        expect(flow.hashing.computed.hashes).toBe(1);
      });

      it('gives one error for unknown, malformed, used, expired and foreign tokens', async () => {
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
            ok: false,
            reason: 'invalid_token',
          });
        }
      });

      it('lets dead tokens spend the network and never refuses a live one for it', async () => {
        const { flow } = await withAlice({ limits: { network: 99, account: 99, redeem: 2 } });
        await flow.askAndDeliver('alice@example.com');
        await flow.redeem('dead', NEW);
        expect(await flow.check('dead')).toBe('INVALID');
        expect(await flow.redeem('dead', NEW)).toMatchObject({ reason: 'rate_limited' });
        expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ ok: true });
      });

      it('tells what is wrong with a password and keeps the link, ten times', async () => {
        const { flow } = await withAlice();
        await flow.askAndDeliver('alice@example.com');
        const token = flow.lastToken();
        expect(await flow.redeem(token, 'xq7!vv')).toEqual({
          ok: false,
          reason: 'password_rejected',
          rules: ['TOO_SHORT'],
        });
        expect(await flow.redeem(token, OLD)).toMatchObject({ rules: ['SAME_AS_CURRENT'] });
        expect(await flow.check(token)).toBe('VALID');
        for (let i = 0; i < 8; i += 1)
          expect(await flow.redeem(token, 'xq7!vv')).toMatchObject({ reason: 'password_rejected' });
        expect(await flow.redeem(token, NEW)).toEqual({ ok: false, reason: 'invalid_token' });
      });

      it('audits a link that was tried too often as such, not as expired', async () => {
        const { host, flow } = await withAlice();
        await flow.askAndDeliver('alice@example.com');
        for (let i = 0; i < 11; i += 1) await flow.redeem(flow.lastToken(), 'xq7!vv');

        expect((await host.audit()).at(-1)).toMatchObject({ event: 'reuse', outcome: 'exhausted' });
      });

      it('voids every other link of the user, and leaves those of others alone', async () => {
        const { host, flow } = await withAlice();
        await host.addUser({ ...ALICE, address: 'dave@example.com' });
        await flow.askAndDeliver('dave@example.com');
        const dave = flow.lastToken();
        await flow.askAndDeliver('alice@example.com');
        const first = flow.lastToken();
        await flow.askAndDeliver('alice@example.com');
        expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ ok: true });
        expect(await flow.check(first)).toBe('INVALID');
        expect(await flow.check(dave)).toBe('VALID');
      });

      it('refuses a link whose account changed address, password or standing, or is gone', async () => {
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
          expect(await flow.redeem(flow.lastToken(), NEW)).toEqual({ ok: false, reason: 'invalid_token' });
          if (changes && 'active' in changes) {
            await host.changeUser(alice, { active: true });
            expect(await flow.check(flow.lastToken())).toBe('INVALID');
          }
        }
      });

      it('writes nothing when the user row changed while the password was being hashed', async () => {
        const { host, flow, store, alice } = await withAlice();
        await host.addSession(alice);
        await flow.askAndDeliver('alice@example.com');
        const hash = flow.hashing.hasher.hash;
        flow.hashing.hasher.hash = async (password, like) => {
          await host.changeUser(alice, { address: 'alice@new.example.com' });
          return hash(password, like);
        };
        expect(await flow.redeem(flow.lastToken(), NEW)).toEqual({ ok: false, reason: 'invalid_token' });
        expect((await store.users.findById(alice))?.passwordHash).toBe(fakeBcrypt(OLD));
        expect(await host.sessionCount(alice)).toBe(1);
        expect(await store.requests.find(flow.lastWake('request').id)).toMatchObject({ state: 'minted' });
      });

      it('lets a link be made and used right after a change that another machine dated ahead of this one', async () => {
        const { host, flow } = await setUp();
        const ahead = new Date(flow.clock.now().getTime() + 20_000);
        await host.addUser({ ...ALICE, credentialsChangedAt: ahead });
        await flow.askAndDeliver('alice@example.com');
        expect(await flow.redeem(flow.lastToken(), NEW)).toMatchObject({ ok: true });
      });

      it('suppresses the mail of a link that was voided before it left', async () => {
        const { flow } = await withAlice();
        await flow.ask('alice@example.com');
        await flow.identify();
        const waiting = flow.lastWake('delivery').id;
        await flow.askAndDeliver('alice@example.com');
        await flow.redeem(flow.lastToken(), NEW);
        expect(await flow.worker().deliverMail({ deliveryId: waiting })).toMatchObject({
          outcome: 'suppressed',
        });
      });

      it('closes a link that nobody used', async () => {
        const { host, flow, store } = await withAlice();
        await flow.askAndDeliver('alice@example.com');
        flow.clock.advance(31 * MINUTE);
        expect(await flow.worker().reconcile()).toMatchObject({ recovered: [{ reason: 'link_expired' }] });
        expect(await flow.identify()).toEqual({ outcome: 'lapsed' });
        expect(await store.requests.find(flow.lastWake('request').id)).toMatchObject({
          state: 'lapsed',
          dueAt: null,
        });
        expect((await host.audit()).at(-1)).toMatchObject({ event: 'expired' });
      });
    });

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
      expect(recovered).toMatchObject([{ kind: 'request', reason: 'wake_lost' }]);
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
      flow.queue.queue.depth = 1_001;
      expect(await second.reconcile()).toEqual({ outcome: 'skipped', depth: 1_001 });
    });
  });
};
