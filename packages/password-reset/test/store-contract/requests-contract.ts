import { describe, expect, it } from 'vitest';
import { DuplicateError } from '../../src/errors.ts';
import { freshId, later, NOW, newRequest, type StoreHarness } from './harness.ts';

const lease = (requestId: string, leaseId: string, now = NOW) => ({
  requestId,
  leaseId,
  now,
  leaseUntil: new Date(now.getTime() + 30_000),
  dueAt: new Date(now.getTime() + 15_000),
});

export const requestsContract = (harness: () => StoreHarness): void => {
  const requests = () => harness().store.requests;

  const accepted = async (fields = {}) => {
    const row = newRequest(fields);
    await requests().accept(row);
    return row.requestId;
  };
  const claimed = async (leaseId = 'first') => {
    const requestId = await accepted();
    await requests().claim(lease(requestId, leaseId));
    return requestId;
  };
  const minted = async () => {
    const requestId = await claimed();
    const seed = Uint8Array.from({ length: 16 }, (_, index) => index * 16);
    await requests().mint({
      requestId,
      leaseId: 'first',
      userId: 's:ada',
      seed,
      kid: 'k1',
      dueAt: later(60_000),
    });
    return { requestId, seed };
  };

  describe('requests', () => {
    it('gives back a row as it was accepted, with nothing decided yet', async () => {
      const row = newRequest({ overLimit: true, traceparent: '00-trace' });
      await requests().accept(row);

      expect(await requests().find(row.requestId)).toMatchObject({
        ...row,
        state: 'accepted',
        reason: null,
        userId: null,
        seed: null,
        kid: null,
        attemptsMade: 0,
        leaseId: null,
        leaseUntil: null,
      });
    });

    it('knows no row that was never accepted', async () => {
      expect(await requests().find(freshId())).toBeUndefined();
    });

    it('refuses a second row of the same id', async () => {
      const requestId = await accepted();
      await expect(requests().accept(newRequest({ requestId }))).rejects.toBeInstanceOf(DuplicateError);
    });

    it('lets exactly one of many claims at once win', async () => {
      const requestId = await accepted();
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) => requests().claim(lease(requestId, `lease-${index}`))),
      );

      const [won, ...others] = claims.filter((row) => row !== undefined);
      expect(others).toEqual([]);
      expect(won).toMatchObject({ state: 'claimed', attemptsMade: 1, dueAt: later(15_000) });
      expect(await requests().find(requestId)).toMatchObject({ leaseId: won?.leaseId, attemptsMade: 1 });
    });

    it('hands a claimed row on only when its lease has expired', async () => {
      const requestId = await claimed();

      expect(await requests().claim(lease(requestId, 'second', later(29_999)))).toBeUndefined();
      expect(await requests().claim(lease(requestId, 'second', later(30_000)))).toMatchObject({
        leaseId: 'second',
        attemptsMade: 2,
      });
    });

    it('takes nothing from a worker whose lease was taken over', async () => {
      const requestId = await claimed();
      await requests().claim(lease(requestId, 'second', later(30_000)));
      const stale = { requestId, leaseId: 'first' };

      const settle = { state: 'no_account', reason: null, userId: null, purgeAt: later(1) } as const;
      const mint = { userId: 's:ada', seed: new Uint8Array(16), kid: 'k1', dueAt: later(1) };
      expect(await requests().settle({ ...stale, ...settle })).toBe(false);
      expect(await requests().defer({ ...stale, dueAt: later(1) })).toBe(false);
      expect(await requests().mint({ ...stale, ...mint })).toBe(false);
      expect(await requests().find(requestId)).toMatchObject({ state: 'claimed', leaseId: 'second' });
    });

    it('puts a deferred row back, to be claimed again', async () => {
      const requestId = await claimed();

      expect(await requests().defer({ requestId, leaseId: 'first', dueAt: later(5_000) })).toBe(true);
      expect(await requests().find(requestId)).toMatchObject({
        state: 'accepted',
        leaseId: null,
        leaseUntil: null,
        dueAt: later(5_000),
        attemptsMade: 1,
      });
      expect(await requests().claim(lease(requestId, 'second'))).toMatchObject({ attemptsMade: 2 });
    });

    it('forgets the address when it settles and is never claimed again', async () => {
      const requestId = await claimed();
      const end = { state: 'ineligible', reason: 'disabled', userId: 's:ada', purgeAt: later(1) } as const;

      expect(await requests().settle({ requestId, leaseId: 'first', ...end })).toBe(true);
      expect(await requests().find(requestId)).toMatchObject({
        state: 'ineligible',
        reason: 'disabled',
        userId: 's:ada',
        address: null,
        seed: null,
        leaseId: null,
        leaseUntil: null,
        dueAt: null,
      });
      expect(await requests().claim(lease(requestId, 'second', later(86_400_000)))).toBeUndefined();
      expect(await requests().settle({ requestId, leaseId: 'first', ...end })).toBe(false);
    });

    it('keeps user, seed and key when it mints, and no address', async () => {
      const { requestId, seed } = await minted();

      const row = await requests().find(requestId);
      expect(row).toMatchObject({
        state: 'minted',
        userId: 's:ada',
        kid: 'k1',
        address: null,
        leaseId: null,
        dueAt: later(60_000),
      });
      expect(row?.seed).toBeInstanceOf(Uint8Array);
      expect([...(row?.seed ?? [])]).toEqual([...seed]);
    });

    it('is redeemed once, and only when minted', async () => {
      const { requestId } = await minted();
      const unminted = await claimed();

      expect(await requests().redeem({ requestId: unminted, purgeAt: later(1) })).toBe(false);
      expect(await requests().redeem({ requestId, purgeAt: later(1) })).toBe(true);
      expect(await requests().redeem({ requestId, purgeAt: later(1) })).toBe(false);
      expect(await requests().find(requestId)).toMatchObject({ state: 'redeemed', seed: null, dueAt: null });
    });

    it('expires at the end of its link, not before, and not once redeemed', async () => {
      const { requestId } = await minted();
      const { requestId: used } = await minted();
      await requests().redeem({ requestId: used, purgeAt: later(1) });

      expect(await requests().expireLink({ requestId, now: later(59_999), purgeAt: later(1) })).toBe(false);
      expect(await requests().expireLink({ requestId, now: later(60_000), purgeAt: later(1) })).toBe(true);
      expect(await requests().expireLink({ requestId: used, now: later(60_000), purgeAt: later(1) })).toBe(
        false,
      );
      expect(await requests().find(requestId)).toMatchObject({
        state: 'link_expired',
        seed: null,
        dueAt: null,
      });
    });

    it('erases the seed, as often as it is asked to, and stays minted', async () => {
      const { requestId } = await minted();

      await requests().eraseSeed(requestId);
      await requests().eraseSeed(requestId);
      expect(await requests().find(requestId)).toMatchObject({
        state: 'minted',
        seed: null,
        dueAt: later(60_000),
      });
    });
  });
};
