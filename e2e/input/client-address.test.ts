import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onMongo, type Stack, startStack } from '../harness/stack.ts';

const POINTS = 5;

const startLimited = (proxies: string) =>
  startStack({
    workers: 0,
    api: { TRUSTED_PROXIES: proxies, LIMIT_REQUEST_PER_NETWORK: `${POINTS}/1h` },
  });

/** How many of ten requests, each with its own forwarded header, were let through. */
const letThrough = async (stack: Stack, forwardedFor: (call: number) => string): Promise<number> => {
  let accepted = 0;
  for (let call = 0; call < 2 * POINTS; call += 1) {
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
  return accepted;
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
    expect(await letThrough(direct, (call) => `198.51.100.${call}`)).toBe(POINTS);
  });

  it('by entries left of the one that the trusted proxy added', async () => {
    expect(await letThrough(proxied, (call) => `10.1.1.${call}, 192.0.2.1`)).toBe(POINTS);
  });

  it('by another port, or by writing the same IPv4 address as IPv6', async () => {
    const spellings = ['192.0.2.2', '192.0.2.2:4711', '::ffff:192.0.2.2', '[::ffff:192.0.2.2]:99'];
    expect(await letThrough(proxied, (call) => spellings[call % spellings.length] ?? '')).toBe(POINTS);
  });

  it('by another address of the same IPv6 /64', async () => {
    expect(await letThrough(proxied, (call) => `2001:db8:0:1::${call + 1}`)).toBe(POINTS);
  });

  it('while another network has its own', async () => {
    expect(await letThrough(proxied, () => '192.0.2.3')).toBe(POINTS);
  });
});
