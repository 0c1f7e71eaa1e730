import { UnavailableError } from '../errors.ts';
import type { TokenHash } from '../model/ids.ts';
import type { Pause } from '../parts/pause.ts';
import { newReservationId } from '../parts/random.ts';
import { MAX_ATTEMPTS } from '../parts/token.ts';
import type { Clock } from '../ports/clock.ts';
import type { Tokens } from '../ports/store.ts';
import { createGiveBack, type Reservation } from './give-back.ts';

export interface WithReservationDeps {
  readonly tokens: Pick<Tokens, 'reserve' | 'release'>;
  readonly clock: Clock;
  readonly pause: Pause;
}

/** What the work did with a reserved link. `cost`: `redeemed`, or the number of attempts that the link loses. */
export interface Used<T> {
  readonly answer: T;
  readonly cost: number | 'redeemed';
}

/**
 * Milliseconds. Longer than a comparison and a hash take with their waits in the hashing queue, except for a queue full of hashes
 * of a high cost: then another call may reserve the link as well, and one of the two redeems it. A reservation whose process has
 * ended expires by itself.
 */
const RESERVATION_MS = 15_000;

/**
 * Reserves a link for one piece of work and gives the reservation back afterwards, unless the work has redeemed the link. Work
 * that throws costs no attempt, because the failure is not the user's. Resolves to undefined when the link could not be reserved
 * (decision 38).
 */
export const createWithReservation = ({ tokens, clock, pause }: WithReservationDeps) => {
  const giveBack = createGiveBack({ tokens, clock, pause });

  const reserve = async (tokenHash: TokenHash): Promise<Reservation | undefined> => {
    const now = clock.now();
    const until = new Date(now.getTime() + RESERVATION_MS);
    const reservation = { tokenHash, reservationId: newReservationId(), until };
    try {
      const { reservationId } = reservation;
      const limit = { now, busyUntil: until, maxAttempts: MAX_ATTEMPTS };
      const attempts = await tokens.reserve({ tokenHash, reservationId, ...limit });
      return attempts === undefined ? undefined : reservation;
    } catch (error) {
      // Without an answer it is unknown whether the reservation was made, and no call will use it.
      void giveBack({ reservation, cost: 0, certain: false });
      throw error;
    }
  };

  return async <T>(
    tokenHash: TokenHash,
    work: (reservationId: string) => Promise<Used<T>>,
  ): Promise<T | undefined> => {
    const reservation = await reserve(tokenHash);
    if (!reservation) return undefined;

    let used: Used<T>;
    try {
      used = await work(reservation.reservationId);
    } catch (error) {
      const givenBack = giveBack({ reservation, cost: 0, certain: true });
      // While the database is away this goes on in the background, because the caller need not wait for a second failure.
      if (!(error instanceof UnavailableError)) await givenBack;
      throw error;
    }
    if (used.cost !== 'redeemed') await giveBack({ reservation, cost: used.cost, certain: true });
    return used.answer;
  };
};
