import type { Clock } from '@latchkey/password-reset';

/** Keys that rows were minted with and that this worker lacks: a roll-out in the wrong order. */
export interface MissingKeys {
  missed(kid: string): void;
  /** Those met lately; while there are any, the worker is not ready. */
  kids(): readonly string[];
}

/** Long enough to bridge the pauses between two tries of one delivery, also when others take some of them. */
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
