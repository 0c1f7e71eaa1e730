import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestRow } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const ACCOUNTS = {
  'a member': { email: 'member@acme.test', ends: 'minted' },
  'a stranger': { email: 'nobody@acme.test', ends: 'no_account' },
  'a disabled account': { email: 'disabled@acme.test', ends: 'ineligible' },
  'an account over its limit': { email: 'often@acme.test', ends: 'over_limit' },
} as const;

/** Replaces ids, delays and times, because they differ in each run. A delay of 0 is kept, because it means no delay. */
const withoutChance = (text: string, requestId: string): string =>
  text
    .replaceAll(requestId, '<request>')
    .replace(/"delay":[1-9]\d*/g, '"delay":"<some>"')
    .replace(/\b\d{10,}\b/g, '<moment>');

describe(`what Redis holds of a delivery, ${onMongo()}`, () => {
  let stack: Stack;
  let redis: Redis;
  let queue: Queue;

  /** Sends a request. Resolves with its id when it has reached the state `ends`. */
  const ask = async (email: string, ends: string): Promise<string> => {
    const { result } = await stack.client.request({ email });
    const row = await requestRow(stack.host, result.reference ?? '', ({ state }) => state === ends);
    return String(row['_id']);
  };
  /** The job as stored in Redis, without ids and times. Whether it is delayed is kept. */
  const jobOf = async (requestId: string, attempt: number): Promise<object> => {
    const key = `${stack.prefix}:mail-deliveries:delivery-${requestId}.password-reset-${attempt}`;
    const job = await until(`job ${attempt} of a delivery`, async () => {
      const fields = await redis.hgetall(key);
      return Object.keys(fields).length > 0 ? fields : undefined;
    });
    const { timestamp, delay, ...rest } = job;
    const values = Object.entries(rest).map(([name, value]) => [name, withoutChance(value, requestId)]);
    return { ...Object.fromEntries(values), delayed: delay !== '0', written: Number(timestamp) > 0 };
  };
  /** All events of the queue about this job, in their order. */
  const eventsOf = async (requestId: string, attempt: number): Promise<readonly string[]> => {
    const id = `delivery-${requestId}.password-reset-${attempt}`;
    const all = await redis.xrange(`${stack.prefix}:mail-deliveries:events`, '-', '+');
    return all
      .map(([, fields]) => fields)
      .filter((fields) => fields[fields.indexOf('jobId') + 1] === id)
      .map((fields) => withoutChance(fields.join(' '), requestId));
  };

  beforeAll(async () => {
    stack = await startStack({ api: { LIMIT_REQUEST_PER_ACCOUNT: '1/1h' } });
    const { host, inbox } = stack;
    redis = new Redis(stack.redis.url);
    queue = new Queue('mail-deliveries', { connection: redis, prefix: stack.prefix });
    await host.addUser(ACCOUNTS['a member'].email);
    await host.addUser(ACCOUNTS['a disabled account'].email, { disabled: true });
    await host.addUser(ACCOUNTS['an account over its limit'].email);
    await ask(ACCOUNTS['an account over its limit'].email, 'minted');
    await inbox.waitFor(({ to }) => to.includes(ACCOUNTS['an account over its limit'].email));
  });
  afterAll(async () => {
    await queue?.close();
    redis?.disconnect();
    await stack?.stop();
  });

  /** A worker that knows nothing of what the relay said earlier. */
  const startAfresh = async (): Promise<void> => {
    for (const worker of stack.workers) await worker.stop();
    await stack.startWorker();
  };

  it('is the same job, told of in the same words, for a member and for whoever gets no mail [T-39]', async () => {
    await startAfresh();
    await queue.pause();
    const ids = new Map<string, string>();
    const jobs = new Map<string, object>();
    for (const [who, { email, ends }] of Object.entries(ACCOUNTS)) {
      const requestId = await ask(email, ends);
      ids.set(who, requestId);
      jobs.set(who, await jobOf(requestId, 0));
    }
    const member = jobs.get('a member');
    expect(member).toMatchObject({ name: 'delivery', delayed: false, written: true });
    expect(JSON.stringify(member)).toContain('<request>:password-reset');
    for (const [who, job] of jobs) expect(job, who).toEqual(member);

    await queue.resume();
    const told = await Promise.all(
      [...ids].map(async ([who, requestId]) => {
        const events = await until(`the end of the delivery of ${who}`, async () => {
          const soFar = await eventsOf(requestId, 0);
          return soFar.some((event) => event.includes('completed')) ? soFar : undefined;
        });
        return [who, events] as const;
      }),
    );
    for (const [who, events] of told) expect(events, who).toEqual(told[0]?.[1]);
  });

  it('comes back as the same second job when the relay says later', async () => {
    stack.inbox.behave(() => ({ code: 451, message: '4.3.0 later' }));
    await startAfresh();
    await stack.host.addUser('late@acme.test');
    const member = await jobOf(await ask('late@acme.test', 'minted'), 1);

    expect(member).toMatchObject({ name: 'delivery', delayed: true });
    expect(await jobOf(await ask('nobody-late@acme.test', 'no_account'), 1)).toEqual(member);
    stack.inbox.behave();
  });
});
