import { type Client, createClient } from '@latchkey/test-kit/graphql';
import { onMongo } from '@latchkey/test-kit/mongo';
import { median, sorted } from '@latchkey/test-kit/quantiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../harness/stack.ts';
import { drift, driftingClock, wallClock } from '../harness/wrong-clock.ts';
import { watchDueTimes } from '../timing/measure-arrivals.ts';
import { distanceFromUniform, mostByChance } from '../timing/statistics/uniform.ts';

const JITTER_MS = 3_000;
const MAILS = 30;
/** Long, because a job that Redis did not accept waits for RECONCILE_AFTER, and on a busy machine there are many such jobs. */
const ARRIVE_WITHIN_MS = 120_000;
/** Tolerance for the sampling errors of two clocks and the rounding of three. */
const ROUNDING_MS = 50;

/** The times of one request, in milliseconds. */
interface Seen {
  /** From the request to the arrival of the mail. */
  readonly seenMs: number;
  /** The drawn jitter. */
  readonly drawnMs: number;
  /** From the end of the jitter, counted from the request, to the time at which a worker finally took the request. */
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

  /** Thirty members send a request one after the other. Requests whose job came from the reconciler are left out. */
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
  ])('spread mails over MAIL_JITTER all the same, none early and none late: %s [T-39]', async (name, off) => {
    const worker = await stack.startWorker(wallClock(off.worker));
    const api = await stack.startApi(driftingClock(off.api));
    await drift(api);

    const seen = await askFor(name.replaceAll(/\W/g, ''), createClient(api.url));
    await Promise.all([worker.stop(), api.stop()]);

    const lags = sorted(seen.map(({ lagMs }) => lagMs));
    const usualLags = sorted(usual.map(({ lagMs }) => lagMs));
    expect(lags[0]).toBeGreaterThan(-ROUNDING_MS);
    // Half of the least that a clock is off here. Single ones may be late on a busy machine, whatever its clock says.
    expect(median(lags)).toBeLessThan(median(usualLags) + 2_000);
    const work = median(seen.map(({ seenMs, drawnMs }) => seenMs - drawnMs));
    const arrivals = seen.map(({ seenMs }) => seenMs - work);
    expect(distanceFromUniform(arrivals, JITTER_MS)).toBeLessThan(mostByChance(seen.length));
  });
});
