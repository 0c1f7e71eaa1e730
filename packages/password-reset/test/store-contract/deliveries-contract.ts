import { describe, expect, it } from 'vitest';
import { DuplicateError } from '../../src/errors.ts';
import type { DeliveryAttempt, NewDelivery } from '../../src/model/delivery.ts';
import { freshId, later, NOW, newDelivery, type StoreHarness } from './harness.ts';

const claim = (deliveryId: string, leaseId: string, now = NOW) => ({
  deliveryId,
  leaseId,
  now,
  leaseUntil: new Date(now.getTime() + 30_000),
  dueAt: new Date(now.getTime() + 15_000),
  messageId: `<${deliveryId}@mail>`,
  templateVersion: 3,
});

const tried = (fields: Partial<DeliveryAttempt> = {}): DeliveryAttempt => ({
  at: NOW,
  provider: 'smtp',
  phase: 'done',
  code: 250,
  enhancedCode: '2.0.0',
  class: 'accepted',
  ms: 12,
  ...fields,
});
const broken = tried({ phase: 'connect', code: null, enhancedCode: null, class: 'transient' });

export const deliveriesContract = (harness: () => StoreHarness): void => {
  const deliveries = () => harness().store.deliveries;

  const pending = async (fields: Partial<NewDelivery> = {}): Promise<NewDelivery> => {
    const row = newDelivery(fields);
    await deliveries().insert(row);
    return row;
  };
  const sending = async (leaseId = 'first'): Promise<string> => {
    const { deliveryId } = await pending();
    await deliveries().claim(claim(deliveryId, leaseId));
    return deliveryId;
  };

  describe('deliveries', () => {
    it('gives back a delivery as it was born, with nothing sent', async () => {
      const row = await pending();

      expect(await deliveries().find(row.deliveryId)).toMatchObject({
        ...row,
        state: 'pending',
        reason: null,
        attemptsMade: 0,
        attempts: [],
        messageId: null,
        templateVersion: null,
        leaseId: null,
      });
      expect(await deliveries().find(`${freshId()}:password-reset`)).toBeUndefined();
    });

    it('tells how far each of several is, and nothing of those that are unknown', async () => {
      const { deliveryId: waiting } = await pending();
      const leaving = await sending();
      const states = await deliveries().statesOf([waiting, leaving, `${freshId()}:password-reset`]);

      expect([...states].sort()).toEqual(
        [
          [waiting, 'pending'],
          [leaving, 'sending'],
        ].sort(),
      );
      expect([...(await deliveries().statesOf([]))]).toEqual([]);
    });

    it('is born once', async () => {
      const row = await pending();
      await expect(deliveries().insert(row)).rejects.toBeInstanceOf(DuplicateError);
    });

    it('waits for its time', async () => {
      const { deliveryId } = await pending({ dueAt: later(1_000) });

      expect(await deliveries().claim(claim(deliveryId, 'first', later(999)))).toBeUndefined();
      expect(await deliveries().claim(claim(deliveryId, 'first', later(1_000)))).toMatchObject({
        state: 'sending',
        attemptsMade: 1,
        messageId: `<${deliveryId}@mail>`,
        templateVersion: 3,
        to: 'ada@example.com',
      });
    });

    it('lets exactly one of many claims at once win', async () => {
      const { deliveryId } = await pending();
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) => deliveries().claim(claim(deliveryId, `lease-${index}`))),
      );

      expect(claims.filter((row) => row !== undefined)).toHaveLength(1);
      expect(await deliveries().find(deliveryId)).toMatchObject({ attemptsMade: 1 });
    });

    it('passes from a vanished worker to another one when the lease expires, and the first can no longer settle it', async () => {
      const deliveryId = await sending();
      const end = { state: 'accepted', reason: null, attempt: tried(), purgeAt: later(1) } as const;

      expect(await deliveries().claim(claim(deliveryId, 'second', later(29_999)))).toBeUndefined();
      expect(await deliveries().claim(claim(deliveryId, 'second', later(30_000)))).toMatchObject({
        attemptsMade: 2,
      });
      expect(await deliveries().settle({ deliveryId, leaseId: 'first', ...end })).toBe(false);
      expect(
        await deliveries().retry({
          deliveryId,
          leaseId: 'first',
          state: 'deferred',
          dueAt: NOW,
          attempt: broken,
        }),
      ).toBe(false);
      expect(await deliveries().settle({ deliveryId, leaseId: 'second', ...end })).toBe(true);
    });

    it('forgets the recipient when it settles, keeps what was tried, and is never claimed again', async () => {
      const deliveryId = await sending();
      const end = { state: 'failed', reason: 'permanent', attempt: tried(), purgeAt: later(1) } as const;

      expect(await deliveries().settle({ deliveryId, leaseId: 'first', ...end })).toBe(true);
      expect(await deliveries().find(deliveryId)).toMatchObject({
        state: 'failed',
        reason: 'permanent',
        to: null,
        name: null,
        maskedTo: 'a***@e***.com',
        leaseId: null,
        leaseUntil: null,
        dueAt: null,
        attempts: [tried()],
      });
      expect(await deliveries().claim(claim(deliveryId, 'second', later(86_400_000)))).toBeUndefined();
    });

    it('is tried again at the time a retry sets, with every attempt on record', async () => {
      const deliveryId = await sending();

      const retry = {
        deliveryId,
        leaseId: 'first',
        state: 'ambiguous',
        dueAt: later(5_000),
        attempt: broken,
      } as const;
      expect(await deliveries().retry(retry)).toBe(true);
      expect(await deliveries().claim(claim(deliveryId, 'second', later(4_999)))).toBeUndefined();
      expect(await deliveries().claim(claim(deliveryId, 'second', later(5_000)))).toMatchObject({
        attemptsMade: 2,
      });
      await deliveries().settle({
        deliveryId,
        leaseId: 'second',
        state: 'accepted',
        reason: null,
        attempt: tried(),
        purgeAt: later(1),
      });
      expect(await deliveries().find(deliveryId)).toMatchObject({ attempts: [broken, tried()] });
    });

    it('is postponed only while nobody is sending it and nobody has tried since, and keeps its state', async () => {
      const waiting = await pending();
      const busy = await sending();
      const postpone = (deliveryId: string, attemptsMade: number, now = NOW) =>
        deliveries().postpone({ deliveryId, attemptsMade, now, dueAt: later(40_000) });

      expect(await postpone(waiting.deliveryId, 1)).toBe(false);
      expect(await postpone(waiting.deliveryId, 0)).toBe(true);
      expect(await postpone(waiting.deliveryId, 0)).toBe(false);
      expect(await deliveries().find(waiting.deliveryId)).toMatchObject({
        state: 'pending',
        attemptsMade: 0,
        to: 'ada@example.com',
        dueAt: later(40_000),
      });
      expect(await deliveries().claim(claim(waiting.deliveryId, 'first', later(39_999)))).toBeUndefined();

      expect(await postpone(busy, 1)).toBe(false);
      expect(await postpone(busy, 1, later(30_000))).toBe(true);
      expect(await deliveries().find(busy)).toMatchObject({ state: 'sending', dueAt: later(40_000) });
    });

    it('remembers, whatever becomes of the mail, that sessions still have to be ended, until they are', async () => {
      const notice = newDelivery({ kind: 'password-changed', endSessions: true });
      const other = await pending();
      await deliveries().insert(notice);
      const { deliveryId } = notice;
      const seen = async (id: string) => (await deliveries().find(id))?.endSessions;

      expect([await seen(deliveryId), await seen(other.deliveryId)]).toEqual([true, false]);
      await deliveries().claim(claim(deliveryId, 'first', NOW));
      const end = { state: 'accepted', reason: null, attempt: tried(), purgeAt: later(1) } as const;
      await deliveries().settle({ deliveryId, leaseId: 'first', ...end });
      expect(await seen(deliveryId)).toBe(true);
      await deliveries().sessionsEnded(deliveryId);
      await deliveries().sessionsEnded(deliveryId);
      expect(await seen(deliveryId)).toBe(false);
    });

    it('is dismissed only while nobody is sending it and nobody has tried since', async () => {
      const waiting = await pending();
      const busy = await sending();
      const dismiss = (deliveryId: string, attemptsMade: number, now = NOW) =>
        deliveries().dismiss({
          deliveryId,
          attemptsMade,
          now,
          state: 'expired',
          reason: 'deadline',
          purgeAt: later(1),
        });

      expect(await dismiss(waiting.deliveryId, 1)).toBe(false);
      expect(await dismiss(waiting.deliveryId, 0)).toBe(true);
      expect(await dismiss(waiting.deliveryId, 0)).toBe(false);
      expect(await dismiss(busy, 1)).toBe(false);
      expect(await dismiss(busy, 1, later(30_000))).toBe(true);
      expect(await deliveries().find(busy)).toMatchObject({
        state: 'expired',
        reason: 'deadline',
        to: null,
        name: null,
        leaseId: null,
        dueAt: null,
      });
    });
  });
};
