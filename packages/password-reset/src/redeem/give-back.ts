import type { TokenHash } from '../model/ids.ts';
import { backoffMs } from '../parts/backoff.ts';
import type { Pause } from '../parts/pause.ts';
import type { Clock } from '../ports/clock.ts';
import type { Tokens } from '../ports/store.ts';

/** One caller's hold on one link. */
export interface Reservation {
  readonly tokenHash: TokenHash;
  /** Chosen by the caller, so that it is known even when the answer to reserving is lost. */
  readonly reservationId: string;
  /** When it ends by itself. */
  readonly until: Date;
}

export interface GiveBackInput {
  readonly reservation: Reservation;
  /** Attempts that it costs the link. */
  readonly cost: number;
  /** False when nobody heard whether it was made: then it may still come into being, after a release that found nothing. */
  readonly certain: boolean;
}

const GIVE_BACK_BACKOFF = { baseMs: 250, capMs: 1_000 };

/**
 * Gives a reservation back, so that its link works again before the reservation ends by itself. Resolves after the first try,
 * and goes on by itself until one succeeds or there is nothing left to give back. Never rejects.
 */
export const createGiveBack =
  ({ tokens, clock, pause }: { tokens: Pick<Tokens, 'release'>; clock: Clock; pause: Pause }) =>
  async ({ reservation, cost, certain }: GiveBackInput): Promise<void> => {
    const { tokenHash, reservationId, until } = reservation;

    const isOver = async (): Promise<boolean> => {
      try {
        const released = await tokens.release({ tokenHash, reservationId, cost });
        return released || certain;
      } catch {
        return false;
      }
    };

    const goOn = async (): Promise<void> => {
      for (let attempt = 1; clock.now() < until; attempt += 1) {
        await pause(backoffMs(attempt, GIVE_BACK_BACKOFF));
        if (await isOver()) return;
      }
    };

    if (!(await isOver())) void goOn();
  };
