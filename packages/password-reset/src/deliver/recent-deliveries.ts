import type { UserId } from '../model/ids.ts';
import { createRecent } from '../parts/recent.ts';
import type { Clock } from '../ports/clock.ts';
import type { SendResult } from '../ports/mail.ts';

/** The times that one real delivery took in its worker, in milliseconds, and the class of its result. */
export interface DeliveryTimes {
  /** Until the delivery asked for a connection: row, account, rendering. The wait for a connection is not included. */
  readonly beforeMs: number;
  /** While the delivery held a connection. */
  readonly heldMs: number;
  /** While the result was written. */
  readonly afterMs: number;
  readonly class: SendResult['class'];
}

/** How the relay treats mails at present. Ghost deliveries imitate it. */
export interface RecentDeliveries {
  remember(userId: UserId, result: SendResult, times: Pick<DeliveryTimes, 'beforeMs' | 'afterMs'>): void;
  /** One of the latest at random; undefined when there was none yet. */
  draw(): DeliveryTimes | undefined;
}

/** In these phases the relay does not know the recipient yet, so no recipient can have caused the failure. */
const BEFORE_THE_RECIPIENT: readonly string[] = ['connect', 'greeting', 'auth', 'mail'];
/**
 * How long, in milliseconds, a failure is imitated. While a mail younger than five hours is open, a failing relay gets an attempt
 * more often than this (`backoff.ts`).
 */
const FAILURES_COUNT_MS = 10 * 60_000;

/**
 * Remembers only what the relay does to every mail: the mails that it accepted, and, until it takes part in a dialogue again,
 * failures before it knew a recipient. The refusal of one mailbox is under its owner's control, and often quicker than any mail.
 * Of each account only the latest delivery counts, so that one person with a few accounts cannot fill all of the memory. See
 * decision 34.
 */
export const createRecentDeliveries = ({ clock }: { clock: Clock }): RecentDeliveries => {
  const accepted = createRecent<DeliveryTimes>();
  const failed = createRecent<DeliveryTimes>();
  let failedAt = Number.NEGATIVE_INFINITY;

  return {
    remember: (userId, { class: sendClass, phase, heldMs }, { beforeMs, afterMs }) => {
      // The mail never had a connection, so it shows nothing about the relay.
      if (heldMs === null) return;
      const times = { beforeMs, heldMs, afterMs, class: sendClass };

      if (BEFORE_THE_RECIPIENT.includes(phase)) {
        failed.remember(userId, times);
        failedAt = clock.now().getTime();
        return;
      }
      failed.forget();
      if (sendClass === 'accepted') accepted.remember(userId, times);
    },
    draw: () => {
      const isFailing = clock.now().getTime() - failedAt < FAILURES_COUNT_MS;
      return (isFailing ? failed.draw() : undefined) ?? accepted.draw();
    },
  };
};
