import { availableParallelism } from 'node:os';
import { HasherBusyError, type PasswordHasher } from '@latchkey/password-reset';
import { Piscina } from 'piscina';
import type { HashTask } from './thread.ts';

/** A hasher with threads of its own. */
export interface HasherPool extends PasswordHasher {
  /** Tasks that wait for a thread. */
  readonly queued: number;
  /** Lets running tasks finish, then ends the threads. */
  close(): Promise<void>;
}

/** Waiting tasks per thread: at cost 12 about 6 s, well below a reservation's 15 s. */
const QUEUED_PER_THREAD = 16;
const BCRYPT_PREFIX = /^\$2[aby]\$/;

/**
 * bcrypt in threads: bcryptjs's "async" functions hold up the event loop, and with it everybody else's requests. One core
 * is left to the event loop.
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
    maxQueue,
    idleTimeout: 60_000,
    // On Linux hashing gives way to the event loop where both want the same core; elsewhere this does nothing.
    niceIncrement: 10,
  });

  const run = async (task: HashTask): Promise<string | boolean> => {
    try {
      const answer = await pool.run(task);
      onDone?.(task.kind);
      return answer;
    } catch (error) {
      if (error instanceof Error && error.message === 'Task queue is at limit') throw new HasherBusyError();
      throw error;
    }
  };

  return {
    hash: async (password, like) => {
      const prefix = BCRYPT_PREFIX.exec(like)?.[0];
      if (prefix === undefined) throw new Error('only a bcrypt hash can be replaced');

      return String(await run({ kind: 'hash', password, prefix, cost }));
    },
    matches: async (password, hash) => (await run({ kind: 'compare', password, hash })) === true,
    get queued() {
      return pool.queueSize;
    },
    close: () => pool.close(),
  };
};

/** The thread's file lies beside this one; from sources it is TypeScript and needs the loader that we were started with. */
const threadFile = (here: string): { filename: string; execArgv?: string[] } =>
  here.endsWith('.ts')
    ? { filename: new URL('./thread.ts', here).href, execArgv: ['--import', 'tsx'] }
    : { filename: new URL('./thread.js', here).href };
