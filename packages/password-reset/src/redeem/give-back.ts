import type { TokenHash } from '../model/ids.ts';
import { backoffMs } from '../parts/backoff.ts';
import type { Pause } from '../parts/pause.ts';
import type { Clock } from '../ports/clock.ts';
import type { Tokens } from '../ports/store.ts';

/** The reservation of one link by one call. */
export interface Reservation {
  readonly tokenHash: TokenHash;
  /** Chosen by the caller, so that the caller knows it even when the answer to `reserve` is lost. */
  readonly reservationId: string;
  /** When the reservation expires by itself. */
  readonly until: Date;
}

export interface GiveBackInput {
  readonly reservation: Reservation;
  /** Number of attempts that the link loses. */
  readonly cost: number;
  /**
   * False when the answer to `reserve` was lost. The reservation may then still come into being, after a `release` that found
   * none.
   */
  readonly certain: boolean;
}

const GIVE_BACK_BACKOFF = { baseMs: 250, capMs: 1_000 };

/**
 * Gives a reservation back, so that its link can be reserved again before the reservation expires. Resolves after the first try;
 * further tries follow in the background, until one succeeds or there is nothing left to give back. Never rejects.
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
