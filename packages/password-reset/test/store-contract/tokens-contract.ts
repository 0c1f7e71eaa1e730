import { describe, expect, it } from 'vitest';
import { DuplicateError } from '../../src/errors.ts';
import type { NewToken } from '../../src/model/token.ts';
import { freshId, later, NOW, newToken, type StoreHarness } from './harness.ts';

const MAX_ATTEMPTS = 10;
const reservation = (tokenHash: string, now = NOW, reservationId = 'first') => ({
  tokenHash,
  reservationId,
  now,
  busyUntil: new Date(now.getTime() + 15_000),
  maxAttempts: MAX_ATTEMPTS,
});

export const tokensContract = (harness: () => StoreHarness): void => {
  const tokens = () => harness().store.tokens;

  const minted = async (fields: Partial<NewToken> = {}): Promise<NewToken> => {
    const row = newToken(fields);
    await tokens().insert(row);
    return row;
  };

  describe('tokens', () => {
    it('gives back a token as it was minted, unused', async () => {
      const { purgeAt: _, ...row } = await minted();

      expect(await tokens().find(row.tokenHash)).toMatchObject({
        ...row,
        attemptsMade: 0,
        busyUntil: null,
        reservationId: null,
        redeemedAt: null,
        voidedAt: null,
        voidReason: null,
      });
    });

    it('refuses a hash that is there already, whatever became of it', async () => {
      const row = await minted();
      await tokens().void({ tokenHash: row.tokenHash, reason: 'password_changed', at: NOW });

      await expect(tokens().insert({ ...row, expiresAt: later(1e9) })).rejects.toBeInstanceOf(DuplicateError);
      expect(await tokens().find(row.tokenHash)).toMatchObject({ voidedAt: NOW, expiresAt: row.expiresAt });
    });

    it('lets exactly one of 200 reservations at once win', async () => {
      const { tokenHash } = await minted();
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, caller) =>
          tokens().reserve(reservation(tokenHash, NOW, `caller ${caller}`)),
        ),
      );

      expect(answers.filter((attempts) => attempts !== undefined)).toEqual([1]);
      expect(await tokens().find(tokenHash)).toMatchObject({
        attemptsMade: 1,
        busyUntil: later(15_000),
        reservationId: `caller ${answers.indexOf(1)}`,
      });
    });

    it('reserves again once the reservation has expired or was given back', async () => {
      const { tokenHash } = await minted();

      expect(await tokens().reserve(reservation(tokenHash))).toBe(1);
      expect(await tokens().reserve(reservation(tokenHash, later(14_999)))).toBeUndefined();
      expect(await tokens().reserve(reservation(tokenHash, later(15_000), 'second'))).toBe(2);
      await tokens().release({ tokenHash, reservationId: 'second', cost: 1 });
      expect(await tokens().reserve(reservation(tokenHash, later(15_001)))).toBe(3);
    });

    it('gives the attempt back only when that is asked for', async () => {
      const { tokenHash } = await minted();
      await tokens().reserve(reservation(tokenHash));

      const mine = { tokenHash, reservationId: 'first', cost: 0 };
      expect(await tokens().release(mine)).toBe(true);
      expect(await tokens().find(tokenHash)).toMatchObject({ attemptsMade: 0, busyUntil: null });
      expect(await tokens().release(mine)).toBe(false);
      expect(await tokens().find(tokenHash)).toMatchObject({ attemptsMade: 0, reservationId: null });
    });

    it('counts as many attempts as the reservation turned out to cost', async () => {
      const { tokenHash } = await minted();
      await tokens().reserve(reservation(tokenHash));

      const mine = { tokenHash, reservationId: 'first', cost: 3 };
      expect(await tokens().release(mine)).toBe(true);
      expect(await tokens().release(mine)).toBe(false);
      expect(await tokens().find(tokenHash)).toMatchObject({ attemptsMade: 3, busyUntil: null });
      expect(await tokens().reserve(reservation(tokenHash))).toBe(4);
      expect(await tokens().release({ ...mine, cost: 7 })).toBe(true);
      expect(await tokens().reserve(reservation(tokenHash))).toBeUndefined();
    });

    it('ignores a release by somebody whose reservation was taken over', async () => {
      const { tokenHash } = await minted();
      await tokens().reserve(reservation(tokenHash));
      await tokens().reserve(reservation(tokenHash, later(15_000), 'second'));

      expect(await tokens().release({ tokenHash, reservationId: 'first', cost: 0 })).toBe(false);
      expect(await tokens().find(tokenHash)).toMatchObject({ attemptsMade: 2, busyUntil: later(30_000) });
    });

    it('does not take the next reservation for the one before, although both were the same attempt', async () => {
      const { tokenHash } = await minted();
      await tokens().reserve(reservation(tokenHash));
      const first = { tokenHash, reservationId: 'first' };
      await tokens().release({ ...first, cost: 0 });
      expect(await tokens().reserve(reservation(tokenHash, NOW, 'second'))).toBe(1);

      expect(await tokens().release({ ...first, cost: 0 })).toBe(false);
      expect(await tokens().redeem({ ...first, at: NOW })).toBe(false);
      expect(await tokens().find(tokenHash)).toMatchObject({ attemptsMade: 1, reservationId: 'second' });
    });

    it('reserves nothing that is unknown, expired, used, void or out of attempts', async () => {
      const expired = await minted({ expiresAt: NOW });
      const used = await minted();
      await tokens().reserve(reservation(used.tokenHash));
      await tokens().redeem({ tokenHash: used.tokenHash, reservationId: 'first', at: NOW });
      const voided = await minted();
      await tokens().void({ tokenHash: voided.tokenHash, reason: 'address_changed', at: NOW });
      const tried = await minted();
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
        expect(await tokens().reserve(reservation(tried.tokenHash))).toBe(attempts);
        await tokens().release({ tokenHash: tried.tokenHash, reservationId: 'first', cost: 1 });
      }

      for (const { tokenHash } of [expired, used, voided, tried, newToken()]) {
        expect(await tokens().reserve(reservation(tokenHash, later(1)))).toBeUndefined();
      }
    });

    it('is used once, under the reservation that holds it', async () => {
      const { tokenHash } = await minted();
      const redeem = (reservationId: string, at = NOW) => tokens().redeem({ tokenHash, reservationId, at });
      await tokens().reserve(reservation(tokenHash));
      await tokens().reserve(reservation(tokenHash, later(15_000), 'second'));

      expect(await redeem('first')).toBe(false);
      expect(await redeem('second')).toBe(true);
      expect(await redeem('second')).toBe(false);
      expect(await tokens().find(tokenHash)).toMatchObject({ redeemedAt: NOW, busyUntil: null });
    });

    it('is not redeemed without a reservation, after one was given back, or past its end', async () => {
      const { tokenHash } = await minted();
      const mine = { tokenHash, reservationId: 'first' };
      expect(await tokens().redeem({ ...mine, at: NOW })).toBe(false);

      await tokens().reserve(reservation(tokenHash));
      await tokens().release({ ...mine, cost: 1 });
      expect(await tokens().redeem({ ...mine, at: NOW })).toBe(false);

      await tokens().reserve(reservation(tokenHash));
      expect(await tokens().redeem({ ...mine, at: later(60_000) })).toBe(false);
      expect(await tokens().redeem({ ...mine, at: later(59_999) })).toBe(true);
    });

    it('is voided once, and never when used', async () => {
      const { tokenHash } = await minted();
      const used = await minted();
      await tokens().reserve(reservation(used.tokenHash));
      await tokens().redeem({ tokenHash: used.tokenHash, reservationId: 'first', at: NOW });
      const reason = 'account_disabled';

      expect(await tokens().void({ tokenHash, reason, at: NOW })).toBe(true);
      expect(await tokens().void({ tokenHash, reason: 'address_changed', at: later(1) })).toBe(false);
      expect(await tokens().void({ tokenHash: used.tokenHash, reason, at: NOW })).toBe(false);
      expect(await tokens().find(tokenHash)).toMatchObject({ voidedAt: NOW, voidReason: reason });
    });

    it('voids none that has ended anyway, so that those of a month cost a reset nothing', async () => {
      const userId = `s:${freshId()}`;
      const [mine, ended] = [await minted({ userId }), await minted({ userId, expiresAt: later(1) })];

      const others = { userId, except: mine.tokenHash, reason: 'password_reset', at: later(1) } as const;
      expect(await tokens().voidOthers(others)).toBe(0);
      expect(await tokens().find(ended.tokenHash)).toMatchObject({ voidedAt: null });
    });

    it('voids the other open tokens of the same user and nobody else’s', async () => {
      const userId = `s:${freshId()}`;
      const [mine, second, third] = [
        await minted({ userId }),
        await minted({ userId }),
        await minted({ userId }),
      ];
      const foreign = await minted();
      await tokens().void({ tokenHash: third.tokenHash, reason: 'address_changed', at: NOW });

      const others = { userId, except: mine.tokenHash, reason: 'password_reset', at: later(1) } as const;
      expect(await tokens().voidOthers(others)).toBe(1);
      expect(await tokens().find(second.tokenHash)).toMatchObject({ voidReason: 'password_reset' });
      expect(await tokens().find(third.tokenHash)).toMatchObject({ voidReason: 'address_changed' });
      expect(await tokens().find(mine.tokenHash)).toMatchObject({ voidedAt: null });
      expect(await tokens().find(foreign.tokenHash)).toMatchObject({ voidedAt: null });
    });

    it('lists the tokens of one user that end after a moment, the last to end first, whatever became of them', async () => {
      const userId = `s:${freshId()}`;
      await minted({ userId, expiresAt: later(1) });
      const first = await minted({ userId, expiresAt: later(2) });
      const last = await minted({ userId, expiresAt: later(4) });
      const second = await minted({ userId, expiresAt: later(3) });
      await tokens().void({ tokenHash: second.tokenHash, reason: 'address_changed', at: NOW });
      await tokens().reserve(reservation(last.tokenHash));
      await tokens().redeem({ tokenHash: last.tokenHash, reservationId: 'first', at: NOW });
      await minted();

      const hashes = async (limit: number) =>
        (await tokens().latestOf({ userId, endingAfter: later(1), limit })).map(({ tokenHash }) => tokenHash);
      expect(await hashes(9)).toEqual([last, second, first].map(({ tokenHash }) => tokenHash));
      expect(await hashes(2)).toEqual([last, second].map(({ tokenHash }) => tokenHash));
    });
  });
};
