import { timesWithoutRedis } from '@latchkey/test-kit/metrics';
import { onMongo } from '@latchkey/test-kit/mongo';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../harness/stack.ts';

const POINTS = 5;

const startLimited = (proxies: string) =>
  startStack({
    workers: 0,
    api: { TRUSTED_PROXIES: proxies, LIMIT_REQUEST_PER_NETWORK: `${POINTS}/1h` },
  });

/** Sends four times as many requests as the limit allows, each with its own header. Expects that only the limit is accepted. */
const expectOneBudget = async (stack: Stack, forwardedFor: (call: number) => string): Promise<void> => {
  const before = await timesWithoutRedis(stack.api);
  let accepted = 0;
  for (let call = 0; call < 4 * POINTS; call += 1) {
    const { result, headers } = await stack.client.request(
      { email: `stranger${call}@acme.test` },
      { 'X-Forwarded-For': forwardedFor(call) },
    );
    if (result.code === undefined) accepted += 1;
    else {
      expect(result.code).toBe('RATE_LIMITED');
      expect(headers.get('retry-after')).toBe(String(result.retryAfterSeconds));
    }
  }
  // If the machine stalls, the api counts in its process for a moment, and that count begins at zero.
  const stalled = (await timesWithoutRedis(stack.api)) > before;
  expect(accepted).toBeGreaterThanOrEqual(POINTS);
  expect(accepted).toBeLessThanOrEqual(stalled ? 2 * POINTS : POINTS);
};

describe(`a forged X-Forwarded-For opens no new bucket, ${onMongo()}`, () => {
  let direct: Stack;
  let proxied: Stack;
  beforeAll(async () => {
    direct = await startLimited('');
    proxied = await startLimited('127.0.0.1/32');
  });
  afterAll(async () => {
    await direct?.stop();
    await proxied?.stop();
  });

  it('when no proxy is trusted', async () => {
    await expectOneBudget(direct, (call) => `198.51.100.${call}`);
  });

  it('by entries left of the one that the trusted proxy added', async () => {
    await expectOneBudget(proxied, (call) => `10.1.1.${call}, 192.0.2.1`);
  });

  it('by another port, or by writing the same IPv4 address as IPv6', async () => {
    const spellings = ['192.0.2.2', '192.0.2.2:4711', '::ffff:192.0.2.2', '[::ffff:192.0.2.2]:99'];
    await expectOneBudget(proxied, (call) => spellings[call % spellings.length] ?? '');
  });

  it('by another address of the same IPv6 /64', async () => {
    await expectOneBudget(proxied, (call) => `2001:db8:0:1::${call + 1}`);
  });

  it('and leaves another network its own', async () => {
    await expectOneBudget(proxied, () => '192.0.2.3');
    await expectOneBudget(proxied, () => '192.0.2.4');
  });
});
