import { describe, expect, it } from 'vitest';
import type { HostUser, StoreHarness } from './harness.ts';
import { freshId, later, NOW } from './harness.ts';

const KELVIN = '\u212a';
const DOTLESS_I = '\u0131';

export const hostContract = (harness: () => StoreHarness): void => {
  const users = () => harness().store.users;

  const user = (fields: Partial<HostUser> = {}) =>
    harness().addUser({
      address: `${freshId()}@example.com`,
      passwordHash: '$2b$04$hash',
      active: true,
      ...fields,
    });
  const found = async (typed: string) => (await users().findByAddress(typed)).map(({ userId }) => userId);
  const read = async (userId: string) => {
    const account = await users().findById(userId);
    if (!account) throw new Error('no such user');
    return account;
  };

  describe('users', () => {
    it('finds an address stored in lower case however its letters are typed, and with spaces around it', async () => {
      const userId = await user({ address: `bob.${freshId()}@example.com` });
      const { address } = await read(userId);

      expect(await found(`  ${address?.toUpperCase()} `)).toEqual([userId]);
      expect(await found(String(address))).toEqual([userId]);
    });

    it('finds an address stored with capitals only when it is typed with them', async () => {
      const local = freshId();
      const userId = await user({ address: `Bob.${local}@Example.com` });

      expect(await found(`Bob.${local}@Example.com`)).toEqual([userId]);
      expect(await found(`bob.${local}@example.com`)).toEqual([]);
      expect(await found(`BOB.${local}@EXAMPLE.COM`)).toEqual([]);
    });

    it('finds an address stored with capitals before the @ alone however its domain is typed', async () => {
      const local = freshId();
      const userId = await user({ address: `Bob.${local}@example.com` });

      expect(await found(`Bob.${local}@Example.COM`)).toEqual([userId]);
      expect(await found(`BOB.${local}@example.com`)).toEqual([]);
    });

    it('finds both accounts that differ by capitals alone', async () => {
      const local = freshId();
      const [exact, lower] = [
        await user({ address: `Eve.${local}@example.com` }),
        await user({ address: `eve.${local}@example.com` }),
      ];

      expect((await found(`Eve.${local}@example.com`)).sort()).toEqual([exact, lower].sort());
      expect(await found(`eve.${local}@example.com`)).toEqual([lower]);
    });

    it('takes no look-alike for the letter it resembles', async () => {
      const local = freshId();
      await user({ address: `kim.${local}@example.com` });

      expect(await found(`${KELVIN}im.${local}@example.com`)).toEqual([]);
      expect(await found(`k${DOTLESS_I}m.${local}@example.com`)).toEqual([]);
      expect(await found(`ki\u0301m.${local}@example.com`.normalize('NFC'))).toEqual([]);
      expect(await found('.*')).toEqual([]);
    });

    it('reads an account as it is stored, single sign-on without a hash and foreign hashes included', async () => {
      const single = await user({ passwordHash: null });
      const foreign = await user({
        passwordHash: '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA',
        active: false,
      });

      expect(await read(single)).toMatchObject({ passwordHash: null, active: true });
      expect(await read(foreign)).toMatchObject({
        passwordHash: '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA',
        active: false,
      });
    });

    it('writes a password that is still the one that was read', async () => {
      const userId = await user();
      const account = await read(userId);

      const written = { account, passwordHash: '$2b$04$new', credentialsChangedAt: NOW };
      expect(await users().setPassword(written)).toBe(true);
      expect(await read(userId)).toMatchObject({ passwordHash: '$2b$04$new', credentialsChangedAt: NOW });
      expect(await users().setPassword(written)).toBe(false);
    });

    it.each([
      ['password', { passwordHash: '$2b$04$other' }],
      ['address', { address: 'moved@example.com' }],
      ['active flag', { active: false }],
      ['password, to none', { passwordHash: null }],
    ])('writes nothing when the %s changed since it was read', async (_, change) => {
      const userId = await user();
      const account = await read(userId);
      await harness().changeUser(userId, change);

      expect(
        await users().setPassword({ account, passwordHash: '$2b$04$new', credentialsChangedAt: NOW }),
      ).toBe(false);
      expect((await read(userId)).passwordHash).not.toBe('$2b$04$new');
    });
  });

  describe('sessions', () => {
    it('ends every session of one user and counts them', async () => {
      const [mine, other] = [await user(), await user()];
      await harness().addSession(mine);
      await harness().addSession(mine);
      await harness().addSession(other);

      expect(await harness().store.sessions.revokeAll(mine)).toBe(2);
      expect(await harness().store.sessions.revokeAll(mine)).toBe(0);
      expect(await harness().store.sessions.revokeAll(other)).toBe(1);
    });
  });

  describe('leases', () => {
    const hold = (name: string, owner: string, now = NOW) =>
      harness().store.leases.hold({ name, owner, now, until: new Date(now.getTime() + 10_000) });

    it('belong to one owner, who may renew, until they expire', async () => {
      const name = freshId();

      expect(await hold(name, 'a')).toBe(true);
      expect(await hold(name, 'b')).toBe(false);
      expect(await hold(name, 'a', later(5_000))).toBe(true);
      expect(await hold(name, 'b', later(14_999))).toBe(false);
      expect(await hold(name, 'b', later(15_000))).toBe(true);
      expect(await hold(name, 'a', later(15_001))).toBe(false);
    });

    it('go to exactly one of many who ask at once', async () => {
      const name = freshId();
      const held = await Promise.all(Array.from({ length: 20 }, (_, index) => hold(name, `owner-${index}`)));
      expect(held.filter(Boolean)).toHaveLength(1);
    });
  });
};
