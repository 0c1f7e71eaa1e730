import type { Member } from '@latchkey/test-kit/graphql';
import { readMetric, timesWithoutRedis } from '@latchkey/test-kit/metrics';
import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsTo, nextLink, nextNotice, tokenOf } from '../harness/mails.ts';
import { settled } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const CALLS = 200;
const BUDGET = 30;

/**
 * The slowest answer of a burst may take this many times as long as the slowest of a burst on an invalid link and one reset
 * alone take together. Both are measured in the same run, so a busy machine makes all of them slower. That only one hash is
 * computed is counted, not timed.
 */
const MOST_TIMES = 4;

/**
 * Options for Node that make the hashing threads of the api print a line whenever they draw a salt, which happens once per hash.
 * So the hashes are counted independently of the code under test.
 */
const SALT_DRAWN = 'a salt was drawn';
const SAY_SALTS = `--import=data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  import { isMainThread } from 'node:worker_threads';
  if (!isMainThread) {
    const draw = crypto.getRandomValues.bind(crypto);
    crypto.getRandomValues = (into) => (writeSync(2, '${SALT_DRAWN}\\n'), draw(into));
  }`)}`;

describe(`200 parallel resets with one token, ${onMongo()}`, () => {
  let stack: Stack;
  let baselineMs = 0;
  beforeAll(async () => {
    stack = await startStack({
      api: { LIMIT_REDEEM_PER_NETWORK: `${BUDGET}/1h`, BCRYPT_COST: '10', NODE_OPTIONS: SAY_SALTS },
    });
    // Warm-up: the time limit is for the answers, not for the compilation by Node.
    await redeemAll(await freshToken('first@acme.test'), (call) => `10.${call}.0.2`);
    const alone = await stack.client.reset(
      { token: await freshToken('alone@acme.test'), newPassword: 'a phrase of its own' },
      { 'X-Forwarded-For': '10.0.0.3' },
    );
    const onDeadLink = await redeemAll('x'.repeat(43), (call) => `10.${call}.0.4`);
    expect([alone.result.__typename, onDeadLink.invalid]).toEqual(['PasswordReset', CALLS]);
    baselineMs = alone.ms + onDeadLink.slowestMs;
  });
  afterAll(() => stack?.stop());

  const saltsDrawn = () => stack.api.lines().filter((line) => line === SALT_DRAWN).length;
  /** Number of hashes, counted by the printed lines. The api's metric must show the same number. */
  const hashesComputed = async (): Promise<number> => {
    const counted = await readMetric(stack.api.metricsUrl, 'latchkey_password_hashes_total', {
      kind: 'hash',
    });
    await until('what the threads wrote has arrived', () => saltsDrawn() >= counted);
    expect(saltsDrawn()).toBe(counted);
    return saltsDrawn();
  };

  const freshToken = async (email: string): Promise<string> => {
    await stack.host.addUser(email);
    await stack.client.request({ email });
    return tokenOf(await nextLink(stack.inbox, email));
  };

  const redeemAll = async (token: string, networkOf: (call: number) => string) => {
    const answers = await Promise.all(
      Array.from({ length: CALLS }, (_, call) =>
        stack.client.reset(
          { token, newPassword: `parallel phrase ${call}` },
          { 'X-Forwarded-For': networkOf(call) },
        ),
      ),
    );
    const count = (fits: (result: Member) => boolean) => answers.filter(({ result }) => fits(result)).length;
    return {
      slowestMs: Math.max(...answers.map(({ ms }) => ms)),
      resets: count(({ __typename }) => __typename === 'PasswordReset'),
      invalid: count(({ code }) => code === 'INVALID_TOKEN'),
      limited: count(({ code }) => code === 'RATE_LIMITED'),
    };
  };

  it('from 200 networks: one resets, 199 are told INVALID_TOKEN without a wait for hashes, one hash, one notice [T-16]', async () => {
    const token = await freshToken('ada@acme.test');
    const hashesBefore = await hashesComputed();

    const outcome = await redeemAll(token, (call) => `10.${call}.0.1`);

    expect(outcome).toMatchObject({ resets: 1, invalid: CALLS - 1, limited: 0 });
    expect(outcome.slowestMs).toBeLessThan(MOST_TIMES * baselineMs);
    expect((await hashesComputed()) - hashesBefore).toBe(1);
    await nextNotice(stack.inbox, 'ada@acme.test');
    await settled(stack.host);
    expect(mailsTo(stack.inbox, 'ada@acme.test').notices).toHaveLength(1);
  });

  it('from one network: one resets, the others are told INVALID_TOKEN or RATE_LIMITED without a wait for hashes', async () => {
    const token = await freshToken('bob@acme.test');
    const hashesBefore = await hashesComputed();

    const outcome = await redeemAll(token, () => '192.0.2.7');
    // A call that finds the token live costs its network no point. From here on the token is certainly used.
    const afterwards = await redeemAll(token, () => '192.0.2.7');

    expect(outcome.resets + outcome.invalid + outcome.limited).toBe(CALLS);
    expect(outcome.resets).toBe(1);
    expect(outcome.slowestMs).toBeLessThan(MOST_TIMES * baselineMs);
    expect(afterwards.resets).toBe(0);
    const budgets = (await timesWithoutRedis(stack.api)) > 0 ? 2 : 1;
    expect(outcome.limited + afterwards.limited).toBeGreaterThanOrEqual(CALLS - budgets * BUDGET);
    expect((await hashesComputed()) - hashesBefore).toBe(1);
    await nextNotice(stack.inbox, 'bob@acme.test');
    await settled(stack.host);
    expect(mailsTo(stack.inbox, 'bob@acme.test').notices).toHaveLength(1);
  });

  it('a limited network is told how long to wait, in the answer and in its head, and its live links still work', async () => {
    const token = await freshToken('eve@acme.test');
    const from = { 'X-Forwarded-For': '192.0.2.8' };

    const limited = await until('the network is limited', async () => {
      const invalid = { token: 'x'.repeat(43), newPassword: 'whatever phrase 1' };
      const answer = await stack.client.reset(invalid, from);
      return answer.result.code === 'RATE_LIMITED' && answer;
    });
    expect(limited.result).toMatchObject({ __typename: 'RateLimitedError', code: 'RATE_LIMITED' });
    expect(limited.headers.get('retry-after')).toBe(String(limited.result.retryAfterSeconds));

    const reset = await stack.client.reset({ token, newPassword: 'whatever phrase 1' }, from);
    expect(reset.result.__typename).toBe('PasswordReset');
  });
});
