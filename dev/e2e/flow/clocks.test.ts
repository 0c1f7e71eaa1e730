import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RunningApp } from '@latchkey/dev-stack';
import { type Client, createClient } from '@latchkey/test-kit/graphql';
import { readMetric } from '@latchkey/test-kit/metrics';
import { onMongo } from '@latchkey/test-kit/mongo';
import { median, sorted } from '@latchkey/test-kit/quantiles';
import { until } from '@latchkey/test-kit/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsTo, nextLink, nextReceived, tokenOf } from '../harness/mails.ts';
import { settled } from '../harness/rows.ts';
import { runToItsEnd } from '../harness/spawn-app.ts';
import { type Stack, startStack } from '../harness/stack.ts';
import { watchDueTimes } from '../timing/measure-arrivals.ts';
import { distanceFromUniform, mostByChance } from '../timing/statistics/uniform.ts';

const JITTER_MS = 3_000;
const MAILS = 30;
/** A job that Redis did not take costs RECONCILE_AFTER, and on a busy machine there are many. */
const ARRIVE_WITHIN_MS = 120_000;
const MINUTE = 60_000;
/** Sampling errors of two clocks, and the rounding of three. */
const ROUNDING_MS = 50;
const PRELOAD = pathToFileURL(fileURLToPath(new URL('../harness/shift-date.mjs', import.meta.url))).href;

/** A wall clock that is off by so many milliseconds from the start. */
const wallClock = (shiftMs: number) => ({
  NODE_OPTIONS: `--import=${PRELOAD}`,
  DATE_SHIFT_MS: String(shiftMs),
});
/** One that is right at first and off from SIGUSR2 on. */
const driftingClock = (shiftMs: number) => ({ ...wallClock(shiftMs), DATE_SHIFT_ON: 'SIGUSR2' });
const drift = async (app: RunningApp): Promise<void> => {
  app.kill('SIGUSR2');
  await app.waitForLine((line) => line === 'date shifted');
};

/** How one asker saw his mail come. */
interface Seen {
  /** From the question to the arrival of the mail. */
  readonly seenMs: number;
  /** The jitter that was drawn. */
  readonly drawnMs: number;
  /** From the end of the jitter, had it begun with the question, to the moment a worker took the request for good. */
  readonly lagMs: number;
}

describe(`clocks that differ, ${onMongo()}`, () => {
  let stack: Stack;
  let dueTimes: Awaited<ReturnType<typeof watchDueTimes>>;
  let usual: readonly Seen[];
  beforeAll(async () => {
    stack = await startStack({ both: { MAIL_JITTER: `${JITTER_MS}ms` } });
    dueTimes = await watchDueTimes(stack.redis.url);
    usual = await askFor('usual', stack.client);
    await stack.workers[0]?.stop();
  });
  afterAll(async () => {
    dueTimes?.stop();
    await stack?.stop();
  });

  /** Thirty members ask one after the other. A job that Redis did not take in time comes by the reconciler: left out. */
  const askFor = async (prefix: string, client: Client): Promise<readonly Seen[]> => {
    const addresses = await stack.host.addUsers(prefix, MAILS);
    const askedAt = new Map<string, number>();
    const references = new Map<string, string>();
    for (const email of addresses) {
      askedAt.set(email, Date.now());
      const { result } = await client.request({ email });
      references.set(email, result.reference ?? '');
    }

    const arrivedAt = new Map<string, number>();
    await stack.inbox.waitFor(() => {
      for (const { to, receivedAt } of stack.inbox.messages()) {
        if (!arrivedAt.has(to[0] ?? '')) arrivedAt.set(to[0] ?? '', receivedAt.getTime());
      }
      return addresses.every((email) => arrivedAt.has(email));
    }, ARRIVE_WITHIN_MS);

    const requests = stack.host.db.collection<{ _id: string; acceptedAt: Date }>('latchkey_requests');
    const seen: Seen[] = [];
    for (const email of addresses) {
      const row = await requests.findOne({ reference: references.get(email) ?? '' });
      const dueAt = dueTimes.of(row?._id ?? '');
      if (!row || dueAt === undefined) continue;
      const asked = askedAt.get(email) ?? Number.NaN;
      const drawnMs = dueAt - row.acceptedAt.getTime();
      const started = dueTimes.startOf(row._id) ?? Number.NaN;
      seen.push({
        seenMs: (arrivedAt.get(email) ?? Number.NaN) - asked,
        drawnMs,
        lagMs: started - asked - drawnMs,
      });
    }
    expect(seen.length).toBeGreaterThan(MAILS / 2);
    return seen;
  };

  it.each([
    ['the worker 4 s ahead', { worker: 4_000, api: 0 }],
    ['the worker 4 s ahead, the api 10 s ahead', { worker: 4_000, api: 10_000 }],
    ['the worker 4 s behind, the api 4 s behind', { worker: -4_000, api: -4_000 }],
    ['the worker 4 s behind, the api 4 s ahead', { worker: -4_000, api: 4_000 }],
  ])('spread mails over MAIL_JITTER all the same, none early and none late: %s', async (name, off) => {
    const worker = await stack.startWorker(wallClock(off.worker));
    const api = await stack.startApi(driftingClock(off.api));
    await drift(api);

    const seen = await askFor(name.replaceAll(/\W/g, ''), createClient(api.url));
    await Promise.all([worker.stop(), api.stop()]);

    const lags = sorted(seen.map(({ lagMs }) => lagMs));
    const usualLags = sorted(usual.map(({ lagMs }) => lagMs));
    expect(lags[0]).toBeGreaterThan(-ROUNDING_MS);
    expect(lags.at(-1)).toBeLessThan((usualLags.at(-1) ?? 0) + 1_000);
    const work = median(seen.map(({ seenMs, drawnMs }) => seenMs - drawnMs));
    const arrivals = seen.map(({ seenMs }) => seenMs - work);
    expect(distanceFromUniform(arrivals, JITTER_MS)).toBeLessThan(mostByChance(seen.length));
  });

  it.each([
    ['ahead by more than RESET_LINK_TTL', 31 * MINUTE],
    ['behind by more than REQUEST_DEADLINE', -61 * MINUTE],
  ])('mail a link that opens while the clock of the api is %s', async (_where, offMs) => {
    const [worker, api] = await Promise.all([stack.startWorker(), stack.startApi(driftingClock(offMs))]);
    await drift(api);
    const client = createClient(api.url);
    const email = `${offMs < 0 ? 'behind' : 'ahead'}@acme.test`;
    await stack.host.addUser(email);

    await client.request({ email });
    const token = tokenOf(await nextLink(stack.inbox, email));
    const { result } = await client.reset({ token, newPassword: 'whatever the time may be' });
    await Promise.all([worker.stop(), api.stop()]);

    expect(result.__typename).toBe('PasswordReset');
  });

  it('keep a worker whose clock is a minute ahead from a mail that another one is sending', async () => {
    const email = 'slow-relay@acme.test';
    await stack.host.addUser(email);
    const other = await stack.startWorker(driftingClock(MINUTE));
    await drift(other);
    other.kill('SIGSTOP');
    const sender = await stack.startWorker();
    let answer = () => {};
    const relay = new Promise<undefined>((resolve) => {
      answer = () => resolve(undefined);
    });
    stack.inbox.behave(({ phase }) => (phase === 'data' ? relay : 'accept'));

    await stack.client.request({ email });
    await nextReceived(stack.inbox, email);
    const rounds = () => readMetric(other.metricsUrl, 'latchkey_reconciler_rounds_total');
    other.kill('SIGCONT');
    const before = await rounds();
    await until('the other worker has looked for overdue work', async () => (await rounds()) >= before + 5);
    answer();
    await settled(stack.host);
    stack.inbox.behave();
    await Promise.all([sender.stop(), other.stop()]);

    expect(mailsTo(stack.inbox, email).links).toHaveLength(1);
  });

  it.each([
    ['api', 6_000, '6.0 s ahead of'],
    ['worker', -6_000, '6.0 s behind'],
  ] as const)(
    'end the %s at boot with 69, the reason and what to do, from 5 s on',
    async (name, off, words) => {
      const env = { ...stack.env[name], ...wallClock(off) };

      const { code, output } = await runToItsEnd(name, env);

      expect(code).toBe(69);
      expect(output).toContain(`this machine's clock is ${words} the database's`);
      expect(output).toContain('NTP');
    },
  );
});
