import type { Account } from '../model/account.ts';
import type { DeliveryId, UserId } from '../model/ids.ts';
import type { RequestRow } from '../model/request.ts';
import type { TokenRow } from '../model/token.ts';
import { maskAddress } from '../parts/address.ts';
import { newBoundary } from '../parts/random.ts';
import type { Clock } from '../ports/clock.ts';
import type { Repositories, Store } from '../ports/store.ts';

export interface RedeemLinkDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly retentionMs: number;
}

interface RedeemLinkInput {
  readonly token: TokenRow;
  readonly request: RequestRow;
  /** As read before hashing; the transaction writes only if it still is. */
  readonly account: Account;
  /** The reservation's fence. */
  readonly reservationId: string;
  readonly passwordHash: string;
  readonly network: string | null;
  readonly userAgent: string | null;
}

interface Redeemed {
  readonly outcome: 'redeemed';
  readonly sessionsRevoked: number;
  readonly deliveryId: DeliveryId;
  readonly at: Date;
}

type RedeemLinkOutcome =
  | Redeemed
  /** The link, its request or the account changed meanwhile; nothing was written. */
  | { readonly outcome: 'overtaken' };

export type RedeemLink = (input: RedeemLinkInput) => Promise<RedeemLinkOutcome>;

/** The notice is given up after 24 h. */
const NOTICE_DEADLINE_MS = 24 * 60 * 60 * 1000;

/** Unwinds the transaction; never leaves this file. */
class Overtaken extends Error {}

/**
 * ONE transaction: token and request redeemed, password saved, sessions gone, other links void, notice and audit written.
 * Either all of it happened or nothing did.
 */
export const createRedeemLink = ({ store, clock, retentionMs }: RedeemLinkDeps): RedeemLink => {
  const redeem = async (tx: Repositories, input: RedeemLinkInput): Promise<Redeemed> => {
    const { token, request, account, reservationId, passwordHash, network, userAgent } = input;
    const { tokenHash, userId } = token;
    const { requestId } = request;
    const at = clock.now();

    // Write the host's rows first: a concurrent write to one of them aborts the transaction. Sessions first of all, or an
    // attacker who keeps a stolen session busy could block the reset.
    const sessionsRevoked = await tx.sessions.revokeAll(userId);
    const saved = await tx.users.setPassword({
      account,
      passwordHash,
      credentialsChangedAt: at,
    });
    if (!saved || account.address === null) throw new Overtaken();

    await tx.accountLocks.lock(userId, at);
    if (!(await tx.tokens.redeem({ tokenHash, reservationId, at }))) throw new Overtaken();
    if (!(await tx.requests.redeem({ requestId, purgeAt: new Date(at.getTime() + retentionMs) })))
      throw new Overtaken();
    await tx.tokens.voidOthers({ userId, except: tokenHash, reason: 'password_reset', at });

    const deliveryId = `${requestId}:password-changed`;
    await tx.deliveries.insert({
      deliveryId,
      requestId,
      kind: 'password-changed',
      userId,
      channel: 'email',
      // Fixed here: whoever changes the address next cannot redirect the news.
      to: account.address,
      maskedTo: maskAddress(account.address),
      name: account.name,
      locale: account.locale ?? request.locale,
      date: at,
      boundary: newBoundary(),
      dueAt: at,
      occurredAt: at,
      deadline: new Date(at.getTime() + NOTICE_DEADLINE_MS),
      // Stands until it was done after the commit, also for whoever never hears of the commit.
      endSessions: true,
      traceparent: request.traceparent,
    });
    await tx.audit.record({
      event: 'redeemed',
      at,
      requestId,
      userId,
      network,
      userAgent,
      outcome: 'password_reset',
    });
    return { outcome: 'redeemed', sessionsRevoked, deliveryId, at };
  };

  /**
   * A session that the old password opened after the snapshot is none that the transaction could end. Nobody knows of the new
   * password yet, so whatever is open now was opened with the old one. What cannot be done here is left to the worker, which
   * looks before it sends the notice (`createEndLateSessions`).
   */
  const endLateSessions = async (userId: UserId, deliveryId: DeliveryId): Promise<number> => {
    try {
      const revoked = await store.sessions.revokeAll(userId);
      await store.deliveries.sessionsEnded(deliveryId).catch(() => undefined);
      return revoked;
    } catch {
      return 0;
    }
  };

  return async (input) => {
    try {
      const redeemed = await store.transaction((tx) => redeem(tx, input));
      const late = await endLateSessions(input.token.userId, redeemed.deliveryId);
      return { ...redeemed, sessionsRevoked: redeemed.sessionsRevoked + late };
    } catch (error) {
      if (error instanceof Overtaken) return { outcome: 'overtaken' };
      throw error;
    }
  };
};
