import { randomBytes } from 'node:crypto';
import { PATIENCE_MS } from '@latchkey/test-kit/until';
import { newAddresses } from './classes.ts';
import { openKeepAliveClient } from './keep-alive-client.ts';
import type { World } from './world.ts';

/** Whom the asker's first requests are for. */
export const TARGETS = ['stranger', 'member'] as const;
export type Target = (typeof TARGETS)[number];

/** One attack: what the asker saw of mails to himself. */
export interface FullPipeTrial {
  readonly target: Target;
  /** Two trials that ran at the same time, one for each target, so that what disturbs the machine disturbs both. */
  readonly block: number;
  /** From his first request to the arrival of his last own mail, in milliseconds. */
  readonly lastMs: number;
  /** The same for the mean of the last {@link TAIL}. */
  readonly tailMs: number;
}

/**
 * Well within what the default limits leave to somebody with an IPv6 /48 (100 requests) and accounts of his own (three each).
 * Fewer mails at a slow relay say more than many at a fast one: each costs the machine the same, and what three more of them
 * cost the others is told from what the machine does meanwhile. 39 mails through five connections are eight rounds of the relay,
 * 42 are nine.
 */
const REQUESTS = 42;
const FOR_TARGET = 3;
const PER_ACCOUNT = 3;
const PER_SUBNET = 8;
const OWN_MAILS = REQUESTS - FOR_TARGET;
const TAIL = 20;

/** A product of its own, engines and relay included. */
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
 * Three requests for the target, then so many for oneself that mails wait for the relay; at the same time the same with the
 * other target through the other pipe, which of the two by chance. A first trial through each, of which the worker learns
 * what mails take, does not count.
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

/** Begins and ends with an idle worker. */
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
