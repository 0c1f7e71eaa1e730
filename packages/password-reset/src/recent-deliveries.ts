import type { UserId } from './model.ts';
import type { Clock, SendResult } from './ports.ts';
import { createRecent } from './recent.ts';

/** What one real delivery took of its worker, in milliseconds, and what it came to. */
export interface DeliveryTimes {
  /** Row, account, rendering: until it asked for a connection. The wait for one is not in here. */
  readonly beforeMs: number;
  /** Keeping a connection from others. */
  readonly heldMs: number;
  /** Writing down what came of it. */
  readonly afterMs: number;
  readonly class: SendResult['class'];
}

/** How the relay treats mails at present, for deliveries that send none. */
export interface RecentDeliveries {
  remember(userId: UserId, result: SendResult, times: Pick<DeliveryTimes, 'beforeMs' | 'afterMs'>): void;
  /** One of the latest at random; undefined when there was none yet. */
  draw(): DeliveryTimes | undefined;
}

/** Until here the relay has heard nothing of the recipient, so no recipient can have caused the failure. */
const BEFORE_THE_RECIPIENT: readonly string[] = ['connect', 'greeting', 'auth', 'mail'];
/** While a mail younger than five hours is open, a failing relay is asked again more often than this (`backoff.ts`). */
const FAILURES_COUNT_MS = 10 * 60_000;

/**
 * Only what the relay does to everybody is remembered: mails that it took, and, until it takes part in a dialogue again, failures
 * before it heard of a recipient. A refusal of one mailbox is its owner's to arrange, and often quicker than any mail. Of each account
 * only the latest counts, so that nobody can fill all of it with accounts of his own. See decision 34.
 */
export const createRecentDeliveries = ({ clock }: { clock: Clock }): RecentDeliveries => {
  const accepted = createRecent<DeliveryTimes>();
  const failed = createRecent<DeliveryTimes>();
  let failedAt = Number.NEGATIVE_INFINITY;

  return {
    remember: (userId, { class: sendClass, phase, heldMs }, { beforeMs, afterMs }) => {
      // It never had a connection, so nothing is known of the relay.
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
