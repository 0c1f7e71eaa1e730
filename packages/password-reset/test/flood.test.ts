import { describe, expect, it } from 'vitest';
import { createFlow, createMemoryStore, type FlowOptions, fakeBcrypt, SENT } from './support/index.ts';
import { createRoll } from './support/mishaps.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EMAIL = 'alice@example.com';
const LIMITS = { network: Infinity, account: 3, redeem: Infinity };
const REFUSED = { ...SENT, class: 'permanent', code: 550, enhancedCode: '5.1.1' } as const;

/** Alice's account, with the limits of an hour, and a store that forgets whatever may be forgotten. */
const withAlice = (options: FlowOptions = {}) => {
  const store = createMemoryStore();
  const host = { active: true, name: null, locale: null, credentialsChangedAt: null };
  const alice = { userId: 'alice', address: EMAIL, passwordHash: fakeBcrypt('old'), ...host };
  store.rows().users.set('alice', alice);
  const flow = createFlow(store, { limits: LIMITS, limitWindowMs: HOUR, ...options });
  const startedAt = flow.clock.now().getTime();
  const elapsed = (): number => flow.clock.now().getTime() - startedAt;

  const forget = (): void => {
    const { requests, tokens, deliveries, audit } = store.rows();
    const now = flow.clock.now();
    for (const rows of [tokens, deliveries])
      for (const [id, { purgeAt }] of rows) if (purgeAt && purgeAt <= now) rows.delete(id);
    for (const [id, { dueAt }] of requests) if (!dueAt || dueAt <= now) requests.delete(id);
    for (const list of [audit, flow.queue.enqueued, flow.limits.calls]) list.length = 0;
  };

  /** Asks at `ms` after the start; answers what became of it. */
  const askAt = async (ms: number) => {
    flow.clock.advance(ms - elapsed());
    const { outcome } = await flow.askAndDeliver(EMAIL);
    forget();
    return outcome;
  };
  /** When a mail left for somebody who asks every `everyMs`. */
  const mailsOf = async ({ everyMs, forMs }: { everyMs: number; forMs: number }) => {
    const left: number[] = [];
    for (let at = 0; at < forMs; at += everyMs) if ((await askAt(at)) === 'minted') left.push(at);
    return left;
  };
  return { flow, askAt, mailsOf };
};

/** The most that fell into any 24 hours. */
const mostInADay = (moments: readonly number[]): number =>
  Math.max(...moments.map((from) => moments.filter((at) => at >= from && at < from + DAY).length));

describe('a stranger who never stops asking', () => {
  it.each([
    ['5m', '3/1h', 5, 3],
    ['5m', 'off', 5, Infinity],
    ['10m', '3/1h', 10, 3],
    ['30m', '3/1h', 30, 3],
    ['60m', '3/1h', 60, 3],
  ])(
    'can make an account receive at most 60 mails a day, with RESET_LINK_TTL %s and an account limit of %s [T-43]',
    async (_ttl, _limit, ttlMinutes, account) => {
      const { mailsOf } = withAlice({
        limits: { ...LIMITS, account },
        linkTtlMs: ttlMinutes * MINUTE,
        retentionMs: 1_000,
      });
      const left = await mailsOf({ everyMs: 5 * MINUTE, forMs: 26 * HOUR });
      expect(mostInADay(left)).toBeLessThanOrEqual(60);
    },
  );

  it('from one IPv4 address silences an owner only while the newest mail holds a working link [T-19]', async () => {
    const { flow, askAt } = withAlice();
    const roll = createRoll(1);
    let silent = 0;
    // Every 6 minutes are the 10 requests an hour of one network. The owner comes some 90 times within 12 hours.
    for (let tick = 0; tick < 12 * 60; tick += 1) {
      if (tick % 6 === 0) await askAt(tick * MINUTE);
      if (!roll(1 / 8) || (await askAt(tick * MINUTE + MINUTE / 2)) === 'minted') continue;
      silent += 1;
      expect(await flow.check(flow.lastToken())).toBe('valid');
    }
    expect(silent).toBeGreaterThan(50);
  });

  it('makes us knock at a mailbox that refuses every mail at most 20 times in 4 hours [T-44]', async () => {
    for (const account of [3, Infinity]) {
      const { flow, mailsOf } = withAlice({ limits: { ...LIMITS, account } });
      flow.mail.relay.next = () => REFUSED;
      await mailsOf({ everyMs: 2 * MINUTE, forMs: 4 * HOUR });
      expect.soft(flow.mail.sent.length, `account limit ${account}`).toBeLessThanOrEqual(20);
    }
  });
});
