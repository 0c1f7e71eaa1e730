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
  /** The account as read before hashing. The transaction writes only if the account is still the same. */
  readonly account: Account;
  /** The fence: only the call that reserved the link can redeem it. */
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

/** Thrown to abort the transaction; caught in this file. */
class Overtaken extends Error {}

/**
 * Redeems a link in ONE transaction: token and request redeemed, password saved, sessions deleted, other links voided, notice and
 * audit row written. Either all of this is written or nothing.
 */
export const createRedeemLink = ({ store, clock, retentionMs }: RedeemLinkDeps): RedeemLink => {
  const redeem = async (tx: Repositories, input: RedeemLinkInput): Promise<Redeemed> => {
    const { token, request, account, reservationId, passwordHash, network, userAgent } = input;
    const { tokenHash, userId } = token;
    const { requestId } = request;
    const at = clock.now();

    // The host's rows are written first, because a concurrent write to one of them aborts the transaction. Sessions come first of
    // all: otherwise an attacker who keeps a stolen session busy could block the reset.
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
      // The address is fixed here, so that a later change of the address cannot redirect the notice.
      to: account.address,
      maskedTo: maskAddress(account.address),
      name: account.name,
      locale: account.locale ?? request.locale,
      date: at,
      boundary: newBoundary(),
      dueAt: at,
      occurredAt: at,
      deadline: new Date(at.getTime() + NOTICE_DEADLINE_MS),
      // True until the sessions are ended after the commit. If the answer to the commit is lost, the worker ends them (decision
      // 43).
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
   * The transaction cannot end a session that the old password opened after the transaction's snapshot. No login can have used
   * the new password yet, so every session that is open now was opened with the old one. If this fails, the worker ends the
   * sessions before it sends the notice (`createEndLateSessions`).
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
