import { describe, expect, it } from 'vitest';
import { DuplicateError } from '../../src/errors.ts';
import { isLive } from '../../src/parts/token.ts';
import type { Repositories } from '../../src/ports/store.ts';
import { freshId, later, NOW, newDelivery, newRequest, newToken, type StoreHarness } from './harness.ts';

export const transactionContract = (harness: () => StoreHarness): void => {
  const store = () => harness().store;

  const liveOf = async ({ tokens }: Pick<Repositories, 'tokens'>, userId: string) =>
    (await tokens.latestOf({ userId, endingAfter: NOW, limit: 10 })).filter((token) => isLive(token, NOW));

  describe('transactions', () => {
    it('keep everything and give back what the work answers', async () => {
      const token = newToken();
      const delivery = newDelivery();

      const answer = await store().transaction(async (tx) => {
        await tx.accountLocks.lock(token.userId, NOW);
        await tx.tokens.insert(token);
        await tx.deliveries.insert(delivery);
        return tx.tokens.find(token.tokenHash);
      });

      expect(answer).toMatchObject({ tokenHash: token.tokenHash });
      expect(await store().tokens.find(token.tokenHash)).toBeDefined();
      expect(await store().deliveries.find(delivery.deliveryId)).toBeDefined();
    });

    it('keep nothing when the work throws, and pass its error on unchanged', async () => {
      const token = newToken();
      const userId = await harness().addUser({
        address: `${freshId()}@example.com`,
        passwordHash: '$2b$04$old',
        active: true,
      });
      await harness().addSession(userId);
      const refused = new Error('the account is not what it was');

      const outcome = store().transaction(async (tx) => {
        const account = await tx.users.findById(userId);
        if (!account) throw new Error('no such user');
        await tx.tokens.insert(token);
        await tx.users.setPassword({ account, passwordHash: '$2b$04$new', credentialsChangedAt: NOW });
        await tx.sessions.revokeAll(userId);
        throw refused;
      });

      await expect(outcome).rejects.toBe(refused);
      expect(await store().tokens.find(token.tokenHash)).toBeUndefined();
      expect((await store().users.findById(userId))?.passwordHash).toBe('$2b$04$old');
      expect(await store().sessions.revokeAll(userId)).toBe(1);
    });

    it('keep nothing when a row is there already', async () => {
      const [known, token] = [newToken(), newToken()];
      await store().tokens.insert(known);

      const outcome = store().transaction(async (tx) => {
        await tx.tokens.insert(token);
        await tx.tokens.insert(known);
      });

      await expect(outcome).rejects.toBeInstanceOf(DuplicateError);
      expect(await store().tokens.find(token.tokenHash)).toBeUndefined();
    });

    it('see each other’s links when they are about one user: many at once mint one', async () => {
      const userId = `s:${freshId()}`;
      const mintUnlessLive = () =>
        store().transaction(async (tx) => {
          await tx.accountLocks.lock(userId, NOW);
          if ((await liveOf(tx, userId)).length > 0) return false;
          await tx.tokens.insert(newToken({ userId }));
          return true;
        });

      const minted = await Promise.all(Array.from({ length: 8 }, mintUnlessLive));
      expect(minted.filter(Boolean)).toHaveLength(1);
      expect(await liveOf(store(), userId)).toHaveLength(1);
    });

    it('leave no link that outlives the reset when one mints and one redeems for the same user', async () => {
      const userId = `s:${freshId()}`;
      const redeemedToken = newToken({ userId });
      await store().tokens.insert(redeemedToken);
      await store().tokens.reserve({
        tokenHash: redeemedToken.tokenHash,
        reservationId: 'mine',
        now: NOW,
        busyUntil: later(1),
        maxAttempts: 10,
      });

      const redeem = store().transaction(async (tx) => {
        await tx.accountLocks.lock(userId, NOW);
        const used = await tx.tokens.redeem({
          tokenHash: redeemedToken.tokenHash,
          reservationId: 'mine',
          at: NOW,
        });
        const reason = 'password_reset' as const;
        await tx.tokens.voidOthers({ userId, except: redeemedToken.tokenHash, reason, at: NOW });
        return used;
      });
      const mint = store().transaction(async (tx) => {
        await tx.accountLocks.lock(userId, NOW);
        const redeemed = (await tx.tokens.find(redeemedToken.tokenHash))?.redeemedAt !== null;
        if (!redeemed) await tx.tokens.insert(newToken({ userId }));
      });

      expect(await redeem).toBe(true);
      await mint;
      expect(await liveOf(store(), userId)).toEqual([]);
    });

    it('write the audit row with the fact it records, or neither', async () => {
      const requestId = freshId();
      const event = {
        event: 'redeemed',
        at: NOW,
        requestId,
        userId: 's:ada',
        network: null,
        userAgent: null,
      } as const;

      await store().transaction((tx) => tx.audit.record({ ...event, outcome: 'redeemed' }));
      const lost = store().transaction(async (tx) => {
        await tx.audit.record({ ...event, outcome: 'voided' });
        throw new Error('no');
      });
      await expect(lost).rejects.toThrow('no');
      expect(await harness().auditOf(requestId)).toEqual(['redeemed']);
    });
  });

  describe('the backlog', () => {
    it('lists what is due and why, oldest first, and nothing that is settled or still has time', async () => {
      // A time long before the rows of all other tests, so that those are not due.
      const then = new Date('2001-01-01T00:00:00.000Z');
      const at = (ms: number): Date => new Date(then.getTime() + ms);
      const lease = { leaseId: 'gone', now: at(0), leaseUntil: at(1) };
      const { requests, deliveries, backlog } = store();
      const accept = async (dueAt: Date) => {
        const row = newRequest({ dueAt, traceparent: '00-trace' });
        await requests.accept(row);
        return row.requestId;
      };
      const insert = async (dueAt: Date) => {
        const row = newDelivery({ dueAt });
        await deliveries.insert(row);
        return row.deliveryId;
      };

      const waiting = await accept(at(50));
      const claimed = await accept(at(0));
      await requests.claim({ ...lease, requestId: claimed, dueAt: at(40) });
      const minted = await accept(at(0));
      await requests.claim({ ...lease, requestId: minted, dueAt: at(0) });
      const link = { userId: 's:ada', seed: new Uint8Array(16), kid: 'k1', dueAt: at(30) };
      await requests.mint({ requestId: minted, leaseId: 'gone', ...link });
      const settled = await accept(at(0));
      await requests.claim({ ...lease, requestId: settled, dueAt: at(0) });
      const end = { state: 'no_account', reason: null, userId: null, purgeAt: at(1) } as const;
      await requests.settle({ requestId: settled, leaseId: 'gone', ...end });
      const pending = await insert(at(20));
      const sending = await insert(at(0));
      const mail = { messageId: '<m>', templateVersion: 1 };
      await deliveries.claim({ ...lease, ...mail, deliveryId: sending, dueAt: at(10) });
      await accept(at(60));

      const due = await backlog.due({ before: at(60), limit: 100 });
      expect(due.map(({ id, reason }) => [id, reason])).toEqual([
        [sending, 'lease_expired'],
        [pending, 'job_lost'],
        [minted, 'link_expired'],
        [claimed, 'lease_expired'],
        [waiting, 'job_lost'],
      ]);
      expect(due.at(-1)).toEqual({
        kind: 'request',
        id: waiting,
        attempt: 0,
        dueAt: at(50),
        traceparent: '00-trace',
        reason: 'job_lost',
      });
      expect(due[0]).toMatchObject({ kind: 'delivery', attempt: 1 });
      expect((await backlog.due({ before: at(60), limit: 3 })).map(({ id }) => id)).toEqual([
        sending,
        pending,
        minted,
      ]);
      expect((await backlog.due({ before: at(60), limit: 3, skip: 3 })).map(({ id }) => id)).toEqual([
        claimed,
        waiting,
      ]);
      expect(await backlog.due({ before: at(60), limit: 3, skip: 5 })).toEqual([]);
      expect((await backlog.due({ before: at(60), from: at(30), limit: 2 })).map(({ id }) => id)).toEqual([
        minted,
        claimed,
      ]);
      const rest = await backlog.due({ before: at(60), from: at(30), limit: 3, skip: 1 });
      expect(rest.map(({ id }) => id)).toEqual([claimed, waiting]);
    });
  });
};
