import { UnavailableError } from '../../src/errors.ts';
import type { Mailer } from '../../src/ports/mail.ts';
import type { JobQueue } from '../../src/ports/queue.ts';
import type { Repositories, Store } from '../../src/ports/store.ts';

/** Thrown at the point where the process is killed. */
class Killed extends Error {}

/** True with the given chance (0 to 1). The same seed gives the same sequence (mulberry32). */
export type Roll = (chance: number) => boolean;

export const createRoll = (seed: number): Roll => {
  let state = seed;
  return (chance) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 < chance;
  };
};

export interface Outside {
  readonly store: Store;
  readonly jobQueue: JobQueue;
  readonly mailer: Mailer;
}

const KILLED = 0.03;
const NO_ANSWER = 0.05;

/**
 * The ports of one process with many faults: any call may have no answer, before or after it took effect, in a transaction and
 * around it, and at any call the process may be killed.
 */
export const createMishaps = ({ store, jobQueue, mailer }: Outside, roll: Roll): Outside => {
  let alive = true;
  const survive = (): void => {
    alive = alive && !roll(KILLED);
    if (!alive) throw new Killed();
  };
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    survive();
    if (roll(NO_ANSWER)) throw new UnavailableError('not done');
    const result = await work();
    survive();
    if (roll(NO_ANSWER)) throw new UnavailableError('done, but the answer was lost');
    return result;
  };
  const risky = <R extends object>(repository: R): R =>
    new Proxy(repository, {
      get: (target, name, receiver) => {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => call(() => Reflect.apply(member, target, args));
      },
    });
  const all = (repositories: Repositories): Repositories => ({
    requests: risky(repositories.requests),
    tokens: risky(repositories.tokens),
    deliveries: risky(repositories.deliveries),
    users: risky(repositories.users),
    sessions: risky(repositories.sessions),
    accountLocks: risky(repositories.accountLocks),
    audit: risky(repositories.audit),
  });

  return {
    store: { ...all(store), transaction: (work) => call(() => store.transaction((tx) => work(all(tx)))) },
    jobQueue: risky(jobQueue),
    mailer: {
      ...mailer,
      send: async (message) => {
        survive();
        const result = await mailer.send(message);
        survive();
        return result;
      },
    },
  };
};
