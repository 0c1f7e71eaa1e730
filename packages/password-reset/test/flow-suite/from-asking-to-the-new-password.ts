import { describe, expect, it } from 'vitest';
import { fakeBcrypt } from '../support/memory-ports.ts';
import { ALICE, NEW, OLD, type World } from './world.ts';

/** The whole flow, from the request to the notice that the password was changed. */
export const fromAskingToTheNewPassword = ({ setUp, withAlice }: World): void => {
  describe('from asking to the new password', () => {
    it('mails a working link, changes the password, ends every session and sends the news [T-33] [T-36]', async () => {
      const { host, flow, store, alice } = await withAlice();
      await host.addSession(alice);
      await host.addSession(alice);

      const asked = await flow.ask('alice@example.com');
      expect(asked).toMatchObject({ outcome: 'requested', expiresInSeconds: 1800, enqueued: true });
      expect(await flow.identify()).toMatchObject({ outcome: 'minted' });
      expect(await flow.deliver()).toMatchObject({ outcome: 'accepted', settled: true });
      expect(flow.mail.sent[0]).toMatchObject({
        to: 'alice@example.com',
        locale: 'de',
        content: { ttlMinutes: 30 },
      });
      expect(await flow.check(flow.lastToken())).toBe('valid');

      const reset = await flow.redeem(flow.lastToken(), NEW);
      expect(reset).toMatchObject({ outcome: 'reset', sessionsRevoked: 2 });
      expect(reset).toHaveProperty('reference', asked.outcome === 'requested' ? asked.reference : undefined);
      expect(await host.sessionCount(alice)).toBe(0);
      const user = await store.users.findById(alice);
      expect(user?.passwordHash).toBe(fakeBcrypt(NEW));
      expect(user?.credentialsChangedAt?.toISOString()).toBe('2100-01-05T10:00:00.500Z');

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
      const { id: requestId } = flow.lastJob('request');
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

    it('keeps the bcrypt identifier of the hash it replaces [T-29]', async () => {
      const { host, flow, store } = await setUp();
      const id = await host.addUser({ ...ALICE, passwordHash: fakeBcrypt(OLD, '$2y$') });
      await flow.askAndDeliver('alice@example.com');
      await flow.redeem(flow.lastToken(), NEW);
      expect((await store.users.findById(id))?.passwordHash).toBe(fakeBcrypt(NEW, '$2y$'));
    });
  });
};
