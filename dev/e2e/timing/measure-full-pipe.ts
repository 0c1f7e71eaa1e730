import { randomBytes } from 'node:crypto';
import { PATIENCE_MS } from '@latchkey/test-kit/until';
import { newAddresses } from './classes.ts';
import { openKeepAliveClient } from './keep-alive-client.ts';
import type { World } from './world.ts';

/** For whom the first requests of the attacker are. */
export const TARGETS = ['stranger', 'member'] as const;
export type Target = (typeof TARGETS)[number];

/** One attack: what the attacker saw of the own mails. */
export interface FullPipeTrial {
  readonly target: Target;
  /** Number of the pair: two trials, one for each target, at the same time, so that a disturbance of the machine affects both. */
  readonly block: number;
  /** Milliseconds from the first request to the arrival of the last own mail. */
  readonly lastMs: number;
  /** Milliseconds from the first request to the mean arrival of the last {@link TAIL} own mails. */
  readonly tailMs: number;
}

/**
 * The number of own mails is well within the default limits of an attacker with an IPv6 /48 (100 requests) and own accounts
 * (three requests each). Few mails at a slow relay reveal more than many at a fast one, because each mail costs the machine the
 * same, and the cost of three more mails is easier to tell from the noise of the machine. 39 mails through five connections take
 * eight rounds of the relay, 42 take nine.
 */
const REQUESTS = 42;
const FOR_TARGET = 3;
const PER_ACCOUNT = 3;
const PER_SUBNET = 8;
const OWN_MAILS = REQUESTS - FOR_TARGET;
const TAIL = 20;

/** A separate Latchkey with its own engines and relay. */
interface Pipe {
  readonly world: World;
  readonly apiUrl: string;
}

export interface FullPipeOptions {
  readonly pipes: readonly [Pipe, Pipe];
  readonly trialsPerTarget: number;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

/**
 * Sends three requests for the target, then so many for the attacker's own accounts that mails wait for the relay. At the same
 * time it does the same with the other target through the other pipe; a random number decides which pipe gets which target. The
 * first trial through each pipe does not count, because the worker learns from it how long mails take.
 */
export const measureFullPipe = async ({
  pipes: [one, other],
  trialsPerTarget,
  random,
  say,
}: FullPipeOptions): Promise<readonly FullPipeTrial[]> => {
  const trials: FullPipeTrial[] = [];
  await Promise.all([attack(one, 'member'), attack(other, 'member')]);

  for (let block = 0; block < trialsPerTarget; block += 1) {
    const [first, second] = random() < 0.5 ? TARGETS : TARGETS.toReversed();
    const attacks = [
      { target: first, pipe: one },
      { target: second, pipe: other },
    ].map(async ({ target = 'member', pipe }) => ({ target, block, ...(await attack(pipe, target)) }));
    trials.push(...(await Promise.all(attacks)));
    if (block % 5 === 4) say(`${block + 1} of ${trialsPerTarget}`);
  }
  return trials;
};

/** Runs one trial. The worker is idle at its begin and at its end. */
const attack = async (
  { world, apiUrl }: Pipe,
  target: Target,
): Promise<Pick<FullPipeTrial, 'lastMs' | 'tailMs'>> => {
  const own = newAddresses('known', Math.ceil(OWN_MAILS / PER_ACCOUNT));
  const [victim = ''] = newAddresses('known', 1);
  await world.addUsers(target === 'member' ? [...own, victim] : own);
  const network = randomBytes(4)
    .toString('hex')
    .replace(/^(.{4})/, '$1:');
  const addressOf = (request: number) => `2001:${network}:${Math.floor(request / PER_SUBNET)}::1`;
  const client = await openKeepAliveClient(apiUrl);
  const before = world.relay.mails.length;

  const startedAt = Date.now();
  for (let request = 0; request < REQUESTS; request += 1) {
    const email = request < FOR_TARGET ? victim : (own[(request - FOR_TARGET) % own.length] ?? '');
    const { text } = await client.request(email, addressOf(request));
    if (!text.includes('"PasswordResetRequested"')) throw new Error(`an unexpected answer: ${text}`);
  }
  client.close();

  const mine = new Set(own);
  const arrivals = () => world.relay.mails.slice(before).filter(({ to }) => mine.has(to));
  await world.relay.waitUntil(() => arrivals().length >= OWN_MAILS, PATIENCE_MS);
  const times = arrivals().map(({ at }) => at - startedAt);
  await world.idle();

  const tail = times.toSorted((a, b) => a - b).slice(-TAIL);
  return { lastMs: tail.at(-1) ?? Number.NaN, tailMs: tail.reduce((sum, ms) => sum + ms, 0) / tail.length };
};
