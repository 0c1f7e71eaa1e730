import { availableParallelism } from 'node:os';
import type { ClientAddress, PasswordHasher } from '@latchkey/password-reset';
import { Piscina } from 'piscina';
import { networksOf } from '../client/networks.ts';
import { createFairQueue } from './fair-queue.ts';
import type { HashTask } from './thread.ts';

/** A hasher with threads of its own. */
export interface HasherPool extends PasswordHasher {
  /** Tasks that wait for a thread. */
  readonly queued: number;
  /** Lets running tasks finish, then ends the threads. */
  close(): Promise<void>;
}

const QUEUED_PER_THREAD = 16;
/** For a comparison. The hash after it is refused only when the line is full: there is at most one for each comparison. */
const LONGEST_WAIT_MS = 5_000;
const BCRYPT_PREFIX = /^\$2[aby]\$/;

/**
 * bcrypt in threads: bcryptjs's "async" functions hold up the event loop, and with it everybody else's requests. One core
 * is left to the event loop. In front of the threads, networks take turns.
 */
export const createPasswordHasher = ({
  cost,
  threads = Math.max(1, availableParallelism() - 1),
  maxQueue = threads * QUEUED_PER_THREAD,
  onDone,
}: {
  cost: number;
  threads?: number;
  maxQueue?: number;
  /** Called once per finished task, for counting what costs the most. */
  onDone?: (kind: HashTask['kind']) => void;
}): HasherPool => {
  const pool = new Piscina<HashTask, string | boolean>({
    ...threadFile(import.meta.url),
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: 60_000,
    // On Linux hashing gives way to the event loop where both want the same core; elsewhere this does nothing.
    niceIncrement: 10,
  });

  // The pool gets no more than its threads take at once: what waits in there could not be put in order any more.
  const queue = createFairQueue<HashTask, string | boolean>({
    work: async (task) => {
      const answer = await pool.run(task);
      onDone?.(task.kind);
      return answer;
    },
    workers: threads,
    capacity: maxQueue,
    longestWaitMs: LONGEST_WAIT_MS,
  });
  const run = (task: HashTask, client: ClientAddress): Promise<string | boolean> =>
    // A hash is what a comparison let through.
    queue.run(task, networksOf(client), { goesOn: task.kind === 'hash' });

  return {
    hash: async (password, like, { client }) => {
      const prefix = BCRYPT_PREFIX.exec(like)?.[0];
      if (prefix === undefined) throw new Error('only a bcrypt hash can be replaced');

      return String(await run({ kind: 'hash', password, prefix, cost }, client));
    },
    matches: async (password, hash, { client }) =>
      (await run({ kind: 'compare', password, hash }, client)) === true,
    get queued() {
      return queue.waiting;
    },
    close: () => pool.close(),
  };
};

/** The thread's file lies beside this one; from sources it is TypeScript and needs the loader that we were started with. */
const threadFile = (here: string): { filename: string; execArgv?: string[] } =>
  here.endsWith('.ts')
    ? { filename: new URL('./thread.ts', here).href, execArgv: ['--import', 'tsx'] }
    : { filename: new URL('./thread.js', here).href };
