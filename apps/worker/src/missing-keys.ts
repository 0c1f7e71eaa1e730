import type { Clock } from '@latchkey/password-reset';

/** Token keys that links were made with and that this worker lacks. The cause is a roll-out of keys in the wrong order. */
export interface MissingKeys {
  missed(kid: string): void;
  /** The ids of the keys missed in the last two minutes. While there are any, the worker is not ready. */
  kids(): readonly string[];
}

/** Longer than the pause between two jobs of one delivery, even if other workers take some of those jobs. */
const REMEMBER_MS = 120_000;

export const createMissingKeys = ({ clock }: { clock: Clock }): MissingKeys => {
  const lastMissedAt = new Map<string, number>();

  return {
    missed: (kid) => void lastMissedAt.set(kid, clock.now().getTime()),
    kids: () => {
      const since = clock.now().getTime() - REMEMBER_MS;
      for (const [kid, at] of lastMissedAt) if (at < since) lastMissedAt.delete(kid);
      return [...lastMissedAt.keys()];
    },
  };
};
