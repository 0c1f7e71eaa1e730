import { logged } from '@latchkey/test-kit/app-log';
import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsTo, nextLink, tokenOf } from '../harness/mails.ts';
import { countRows, requestRow, settled } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

describe(`recovery cannot be denied, ${onMongo()}`, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      both: { RESET_LINK_TTL: '5s' },
      worker: { RECONCILE_AFTER: '1s' },
      api: { LIMIT_REQUEST_PER_ACCOUNT: '3/1h' },
    });
  });
  afterAll(() => stack?.stop());

  it.concurrent('an owner whose limit strangers have used up gets a working link once theirs have expired', async () => {
    const { client, host, inbox } = stack;
    const email = 'ada@acme.test';
    await host.addUser(email);
    for (let time = 0; time < 3; time += 1) await client.request({ email });
    const last = tokenOf(await nextLink(inbox, email, { count: 3 }));
    await until('the strangers’ links expired', async () => (await client.check(last)) === 'INVALID');

    await client.request({ email });

    const token = tokenOf(await nextLink(inbox, email, { count: 4 }));
    const reset = await client.reset({ token, newPassword: 'mine again, all mine' });
    expect(reset.result.__typename).toBe('PasswordReset');
  });

  it.concurrent('a link that was not used ends in a row that says so', async () => {
    const { client, host } = stack;
    await host.addUser('carl@acme.test');

    const { result } = await client.request({ email: 'carl@acme.test' });

    const row = await requestRow(host, result.reference ?? '', ({ state }) => state === 'link_expired');
    expect(row['seed']).toBeUndefined();
    expect(row['dueAt']).toBeUndefined();
  });
});

describe(`strangers cannot take a link away, ${onMongo()}`, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ api: { LIMIT_REQUEST_PER_ACCOUNT: '3/1h' } });
  });
  afterAll(() => stack?.stop());

  it('50 requests after a delivered link leave it working and send at most three mails in all', async () => {
    const { client, host, inbox } = stack;
    const email = 'ada@acme.test';
    const userId = await host.addUser(email);
    await client.request({ email });
    const token = tokenOf(await nextLink(inbox, email));

    await Promise.all(
      Array.from({ length: 50 }, (_, call) =>
        client.request({ email }, { 'X-Forwarded-For': `10.0.${call}.1` }),
      ),
    );
    await settled(host);

    expect(mailsTo(inbox, email).links.length).toBeLessThanOrEqual(3);
    expect(await client.check(token)).toBe('VALID');
    const open = () =>
      countRows(host, 'latchkey_tokens', {
        userId,
        redeemedAt: { $exists: false },
        voidedAt: { $exists: false },
      });
    expect(await open()).toBeGreaterThan(1);
    const reset = await client.reset({ token, newPassword: 'still my own link' });
    expect(reset.result.__typename).toBe('PasswordReset');
    expect(await open(), 'the others are voided with it').toBe(0);
  });

  it('jobs of finished work, replayed before and after a change of keys, send nothing and open nothing', async () => {
    const { client, host, inbox, env, redis } = stack;
    const email = 'dan@acme.test';
    await host.addUser(email);
    const { result } = await client.request({ email });
    const token = tokenOf(await nextLink(inbox, email));
    await client.reset({ token, newPassword: 'a first new phrase' });
    await host.addUser('unused@acme.test');
    const { result: other } = await client.request({ email: 'unused@acme.test' });
    const unused = tokenOf(await nextLink(inbox, 'unused@acme.test'));
    await settled(host);
    const rows = [
      await requestRow(host, result.reference ?? '', ({ state }) => state === 'redeemed'),
      await requestRow(host, other.reference ?? '', ({ state }) => state === 'minted'),
    ];
    const sentBefore = inbox.received().length;

    const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    const replay = async (queueName: string, name: string, id: string, round: string) => {
      const queue = new Queue(queueName, { connection, prefix: stack.prefix });
      await queue.add(name, { v: 1, id }, { jobId: `replay-${id.replace(':', '.')}-${round}` });
      await queue.close();
    };
    const replayAll = async (round: string) => {
      const worker = stack.workers.at(-1);
      if (!worker) throw new Error('no worker');
      for (const row of rows) {
        const id = String(row['_id']);
        await replay('reset-requests', 'request', id, round);
        await replay('mail-deliveries', 'delivery', `${id}:password-reset`, round);
        await until('both replays looked at', () => {
          const request = logged(worker, 'request.processed').some(
            ({ requestId, outcome }) => requestId === id && outcome === 'lost',
          );
          const delivery = logged(worker, 'mail.lost').some(
            ({ deliveryId }) => deliveryId === `${id}:password-reset`,
          );
          return request && delivery;
        });
      }
    };

    try {
      await replayAll('before');

      const [worker] = stack.workers;
      await worker?.stop();
      const fresh = Buffer.alloc(32, 7).toString('base64');
      await stack.startWorker({ RESET_TOKEN_KEYS: `k2:${fresh},${env.worker['RESET_TOKEN_KEYS']}` });
      await replayAll('after');
    } finally {
      connection.disconnect();
    }

    expect(inbox.received()).toHaveLength(sentBefore);
    expect(await client.check(unused)).toBe('VALID');
    expect(await client.check(token)).toBe('INVALID');
    const again = await client.reset({ token, newPassword: 'a second new phrase' });
    expect(again.result.code).toBe('INVALID_TOKEN');
  });
});
