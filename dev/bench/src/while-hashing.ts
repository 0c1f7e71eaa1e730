import { startMailInbox } from '@latchkey/dev-stack';
import { createClient } from '@latchkey/test-kit/graphql';
import { readMetric } from '@latchkey/test-kit/metrics';
import { median, percentile } from '@latchkey/test-kit/quantiles';
import { hashSync } from 'bcryptjs';
import { applyPacedLoad } from './paced-load.ts';
import type { World } from './world.ts';

export interface WhileHashing {
  /** Requests per second during both measurements, over `connections` connections. */
  readonly rate: number;
  readonly connections: number;
  readonly idleP99Ms: number;
  readonly hashingP99Ms: number;
  /** Median of the ratios of the rounds. */
  readonly ratio: number;
  /** Hashes and comparisons that the api finished per second meanwhile, from its metrics. */
  readonly bcryptPerSecond: number;
  /** Resets that run at the same time. */
  readonly inFlight: number;
  readonly rounds: readonly HashingRound[];
}

interface HashingRound {
  readonly idleP99Ms: number;
  readonly hashingP99Ms: number;
  readonly bcryptPerSecond: number;
}

const HASHES = 'latchkey_password_hashes_total';
const RATE = 200;
const CONNECTIONS = 10;
/** Resets that run at the same time: enough to keep all threads busy, too few to fill the queue of the hasher. */
const IN_FLIGHT = 8;

/** Measures the p99 of the api's answers while it is idle, and while other clients keep its hashing threads busy. */
export const measureWhileHashing = async (
  world: World,
  { rounds, seconds, say }: { rounds: number; seconds: number; say: (line: string) => void },
): Promise<WhileHashing> => {
  const tokens = await mintTokens(world, Math.ceil(rounds * seconds * 4) + IN_FLIGHT);
  const api = await world.startApi();
  const load = (duration: number) =>
    applyPacedLoad({ url: api.url, connections: CONNECTIONS, seconds: duration, rate: RATE });

  try {
    await load(3);
    const results: HashingRound[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const idle = await load(seconds);

      const resetting = keepResetting(api.url, tokens);
      const [before, startedAt] = [await readMetric(api.metricsUrl, HASHES), performance.now()];
      const busy = await load(seconds);
      const bcryptPerSecond =
        ((await readMetric(api.metricsUrl, HASHES)) - before) / ((performance.now() - startedAt) / 1_000);
      await resetting.stop();

      const [idleP99Ms, hashingP99Ms] = [percentile(idle, 0.99), percentile(busy, 0.99)];
      results.push({ idleP99Ms, hashingP99Ms, bcryptPerSecond });
      say(
        `p99 idle ${idleP99Ms.toFixed(2)} ms, hashing ${hashingP99Ms.toFixed(2)} ms, ${bcryptPerSecond.toFixed(1)} bcrypt/s`,
      );
    }

    if (results.some(({ bcryptPerSecond }) => bcryptPerSecond === 0)) throw new Error('nothing was hashed');
    const idleP99Ms = median(results.map((it) => it.idleP99Ms));
    const hashingP99Ms = median(results.map((it) => it.hashingP99Ms));
    return {
      rate: RATE,
      connections: CONNECTIONS,
      idleP99Ms,
      hashingP99Ms,
      ratio: median(results.map((it) => it.hashingP99Ms / it.idleP99Ms)),
      bcryptPerSecond: median(results.map((it) => it.bcryptPerSecond)),
      inFlight: IN_FLIGHT,
      rounds: results,
    };
  } finally {
    await api.stop();
  }
};

/** Requests links for new users and reads the tokens from their mails. */
const mintTokens = async (world: World, count: number): Promise<string[]> => {
  const emails = Array.from({ length: count }, (_, index) => `hashed${index}@acme.test`);
  await world.addUsers(emails, hashSync('the password before', 12));
  const inbox = await startMailInbox();
  const [api, worker] = await Promise.all([
    world.startApi({ MAIL_JITTER: '0s' }),
    world.startWorker({ SMTP_URL: inbox.smtpUrl }),
  ]);
  try {
    const client = createClient(api.url);
    for (const email of emails) await client.request({ email });
    await inbox.waitFor(() => inbox.messages().length >= count, 120_000);
    return inbox.messages().map(({ links }) => /#token=([\w-]{43})/.exec(links.join(' '))?.[1] ?? '');
  } finally {
    await Promise.all([api.stop(), worker.stop()]);
    await inbox.stop();
  }
};

const keepResetting = (url: string, tokens: string[]): { stop(): Promise<void> } => {
  const client = createClient(url);
  let going = true;

  const one = async (): Promise<void> => {
    while (going) {
      const token = tokens.pop();
      if (token === undefined) throw new Error('the links ran out: the api was not kept busy');
      const { result, text } = await client.reset({ token, newPassword: 'a long enough phrase' });
      if (result.__typename !== 'PasswordReset') throw new Error(text);
    }
  };
  const all = Promise.all(Array.from({ length: IN_FLIGHT }, one));
  all.catch(() => {});
  return {
    stop: async () => {
      going = false;
      await all;
    },
  };
};
