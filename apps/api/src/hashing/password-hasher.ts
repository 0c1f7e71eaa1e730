import { availableParallelism } from 'node:os';
import type { Client, PasswordHasher } from '@latchkey/password-reset';
import { Piscina } from 'piscina';
import { createFairQueue } from './fair-queue.ts';
import type { HashTask } from './thread.ts';

/** A password hasher that works in its own threads. */
export interface HasherPool extends PasswordHasher {
  /** Tasks that wait for a thread. */
  readonly queued: number;
  /** Waits until the running tasks end, then ends the threads. */
  close(): Promise<void>;
}

const QUEUED_PER_THREAD = 16;
/** Limit for a comparison. The hash after it is refused only when the queue is full: each comparison leads to at most one. */
const LONGEST_WAIT_MS = 5_000;
const BCRYPT_PREFIX = /^\$2[aby]\$/;

/**
 * Runs bcrypt in threads, because the "async" functions of bcryptjs block the event loop and so all other requests. One core
 * stays free for the event loop. Networks take turns in the queue before the threads (decision 37).
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
  /** Called once per finished task, to count the most expensive work of the API. */
  onDone?: (kind: HashTask['kind']) => void;
}): HasherPool => {
  const pool = new Piscina<HashTask, string | boolean>({
    ...threadFile(import.meta.url),
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: 60_000,
    // On Linux the event loop has priority over hashing when both need the same core. On other systems this has no effect.
    niceIncrement: 10,
  });

  // The pool gets only as many tasks as it has threads, because tasks that wait inside the pool cannot be reordered.
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
  const run = (task: HashTask, client: Client): Promise<string | boolean> =>
    // A hash follows a comparison that was already admitted.
    queue.run(task, client, { goesOn: task.kind === 'hash' });

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

/** The file of the thread, beside this one. When it runs from sources it is TypeScript and needs the loader `tsx`. */
const threadFile = (here: string): { filename: string; execArgv?: string[] } =>
  here.endsWith('.ts')
    ? { filename: new URL('./thread.ts', here).href, execArgv: ['--import', 'tsx'] }
    : { filename: new URL('./thread.js', here).href };
