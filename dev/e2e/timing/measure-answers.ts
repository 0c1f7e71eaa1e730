import { type Class, newAddresses } from './classes.ts';
import { openKeepAliveClient } from './keep-alive-client.ts';
import { shuffled } from './statistics/random.ts';
import type { Sample } from './verdict.ts';
import type { World } from './world.ts';

export interface AnswerOptions {
  readonly world: World;
  readonly apiUrl: string;
  readonly classes: readonly Class[];
  readonly perClass: number;
  readonly random: () => number;
  /** Called after each tenth of the requests. */
  readonly say: (line: string) => void;
}

/** Each of these requests for a member sends a mail, because LIMIT_REQUEST_PER_ACCOUNT is 3 and a user may have 3 live links. */
const ASKS_PER_ADDRESS = 3;
const OVER_LIMIT_ADDRESSES = 250;
/** Requests per class between two shuffles. The same blocks are used for the bootstrap. */
const PER_BLOCK = 50;
const WARM_UP_PER_CLASS = 250;
/**
 * The measurement pauses when this many jobs wait. A worker with a backlog works all the time, so its load says nothing about the
 * last request. Only a worker without a backlog can reveal by its load what it found.
 */
const BEHIND = 20;

/**
 * Sends requests over one connection, one at a time, with the classes in random order, while the worker processes them. The
 * requests before the first sample bring the over-limit accounts over their limit and let both processes compile their code.
 */
export const measureAnswers = async ({
  world,
  apiUrl,
  classes,
  perClass,
  random,
  say,
}: AnswerOptions): Promise<readonly Sample<Class>[]> => {
  const addressesOf = await prepare(world, perClass);
  const client = await openKeepAliveClient(apiUrl);
  const ask = async (name: Class): Promise<number> => {
    const { ms, text } = await client.request(addressesOf[name]());
    if (!text.includes('"PasswordResetRequested"')) throw new Error(`an unexpected answer: ${text}`);
    return ms;
  };

  try {
    const overLimit = classes.includes('over-limit') ? OVER_LIMIT_ADDRESSES * (ASKS_PER_ADDRESS + 1) : 0;
    for (let round = 0; round < overLimit; round += 1) await ask('over-limit');
    const keepsUp = () => world.keepsUp(BEHIND);
    const inOrder = { classes, random, ask, keepsUp };
    await inRandomOrder({ ...inOrder, perClass: WARM_UP_PER_CLASS, say: () => {} });
    return await inRandomOrder({ ...inOrder, perClass, say });
  } finally {
    client.close();
  }
};

const inRandomOrder = async ({
  classes,
  perClass,
  random,
  ask,
  keepsUp,
  say,
}: {
  classes: readonly Class[];
  perClass: number;
  random: () => number;
  ask: (name: Class) => Promise<number>;
  keepsUp: () => Promise<void>;
  say: (line: string) => void;
}): Promise<readonly Sample<Class>[]> => {
  const samples: Sample<Class>[] = [];
  const blocks = Math.ceil(perClass / PER_BLOCK);
  const tenth = Math.ceil(blocks / 10);
  for (let block = 0; block < blocks; block += 1) {
    if (block > 0 && block % tenth === 0) say(`${block * PER_BLOCK} of ${perClass}`);
    await keepsUp();
    const order = shuffled(
      classes.flatMap((name) => Array.from({ length: PER_BLOCK }, () => name)),
      random,
    );
    for (const name of order) samples.push({ class: name, block, ms: await ask(name) });
  }
  return samples;
};

/** Adds the users of the host application. Resolves with a function for each class that returns its next address. */
const prepare = async (world: World, perClass: number): Promise<Readonly<Record<Class, () => string>>> => {
  const pool = Math.ceil((perClass + WARM_UP_PER_CLASS) / ASKS_PER_ADDRESS);
  const addresses = {
    known: newAddresses('known', pool),
    unknown: newAddresses('unknown', pool),
    disabled: newAddresses('disabled', pool),
    'over-limit': newAddresses('over-limit', OVER_LIMIT_ADDRESSES),
  };
  await world.addUsers([...addresses.known, ...addresses['over-limit']]);
  await world.addUsers(addresses.disabled, { disabled: true });

  const roundRobin = (list: readonly string[]): (() => string) => {
    let next = 0;
    return () => list[next++ % list.length] ?? '';
  };
  return {
    known: roundRobin(addresses.known),
    unknown: roundRobin(addresses.unknown),
    disabled: roundRobin(addresses.disabled),
    'over-limit': roundRobin(addresses['over-limit']),
  };
};
