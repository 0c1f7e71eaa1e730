import { HasherBusyError, UnavailableError } from '../errors.ts';
import type { AuditEvent } from '../model/audit.ts';
import type { TokenHash } from '../model/ids.ts';
import type { TokenRow } from '../model/token.ts';
import { bcryptPrefix } from '../parts/hash-format.ts';
import type { Identifiers } from '../parts/identifiers.ts';
import { type Pause, pauseByTimer } from '../parts/pause.ts';
import { MAX_ATTEMPTS, SAME_AS_CURRENT_COST } from '../parts/token.ts';
import type { Client } from '../ports/client.ts';
import type { Clock } from '../ports/clock.ts';
import type { PasswordHasher } from '../ports/hashing.ts';
import type { RedeemLimits } from '../ports/limits.ts';
import type { JobQueue } from '../ports/queue.ts';
import type { Store } from '../ports/store.ts';
import { type FoundLink, findLink } from './find-link.ts';
import type { PasswordPolicy, PasswordRule } from './password-policy.ts';
import type { RedeemLink } from './redeem-link.ts';
import { createWithReservation, type Used } from './with-reservation.ts';

export interface ResetPasswordDeps {
  readonly store: Store;
  readonly redeemLink: RedeemLink;
  readonly limits: RedeemLimits;
  readonly hasher: PasswordHasher;
  readonly jobQueue: Pick<JobQueue, 'delivery'>;
  readonly identifiers: Identifiers;
  readonly policy: PasswordPolicy;
  readonly clock: Clock;
  readonly pause?: Pause;
}

/** One attempt to redeem a link. `token` and `newPassword` are as given; only their hashes are passed on to the store. */
export interface ResetPasswordInput {
  readonly token: string;
  readonly newPassword: string;
  readonly client: Client;
  readonly userAgent: string | null;
}

/** The result of an attempt. A link that cannot be redeemed gets one answer, whatever the reason is. */
export type ResetPasswordOutcome =
  | { readonly outcome: 'reset'; readonly reference: string; readonly sessionsRevoked: number }
  /**
   * The token is missing, malformed or foreign, or its link is expired, redeemed or void: one answer for all. A good link never
   * gets it.
   */
  | { readonly outcome: 'invalid_token' }
  /** An engine is away, the hashing queue is full, or another call has reserved the link. The same call may succeed later. */
  | { readonly outcome: 'unavailable' }
  | { readonly outcome: 'rate_limited'; readonly retryAfterMs: number }
  | { readonly outcome: 'password_rejected'; readonly rules: readonly PasswordRule[] };

const INVALID = { outcome: 'invalid_token' } as const;
const UNAVAILABLE = { outcome: 'unavailable' } as const;
type LiveLink = Extract<FoundLink, { outcome: 'live' }>;

/** Redeems a link: look up → reserve → policy → hash → one transaction → enqueue the notice. */
export const createResetPassword = (deps: ResetPasswordDeps) => {
  const { store, redeemLink, limits, hasher, jobQueue, policy, clock, pause = pauseByTimer } = deps;
  const withReservation = createWithReservation({ tokens: store.tokens, clock, pause });
  /** The links that calls of this process are redeeming, each with the outcome of its call. */
  const inHand = new Map<TokenHash, Promise<ResetPasswordOutcome>>();

  const resetPassword = async (input: ResetPasswordInput): Promise<ResetPasswordOutcome> => {
    try {
      const link = await findLink(deps, input.token, clock.now());
      return link.outcome === 'live' ? await redeem(link, input) : await refuse(link, input);
    } catch (error) {
      if (error instanceof UnavailableError) return UNAVAILABLE;
      throw error;
    }
  };

  /**
   * Only an invalid token consumes a point of the network's limit, so a live link also works behind an address that many users
   * share.
   */
  const refuse = async (
    link: Exclude<FoundLink, LiveLink>,
    input: ResetPasswordInput,
  ): Promise<ResetPasswordOutcome> => {
    const verdict = await limits.network(input.client);
    if (!verdict.allowed) return { outcome: 'rate_limited', retryAfterMs: verdict.retryAfterMs };
    if (link.outcome === 'unknown') return INVALID;

    const at = clock.now();
    if (link.outcome === 'stale')
      await store.tokens.void({ tokenHash: link.token.tokenHash, reason: link.reason, at });
    await store.audit.record(reuseEvent(link, input, at));
    return INVALID;
  };

  /** One call at a time redeems a link. Other calls of this process for the same link wait for its outcome, and hash nothing. */
  const redeem = async (link: LiveLink, input: ResetPasswordInput): Promise<ResetPasswordOutcome> => {
    const { tokenHash } = link.token;
    const first = inHand.get(tokenHash);
    if (first) {
      const outcome = await first.catch(() => undefined);
      return outcome?.outcome === 'reset' ? INVALID : whyNot(input);
    }

    const own = redeemAlone(link, input);
    inHand.set(tokenHash, own);
    try {
      return await own;
    } finally {
      inHand.delete(tokenHash);
    }
  };

  /**
   * The link could not be reserved. A user who reads "invalid" discards the link, so only a link that has ended gets that answer
   * (decision 38).
   */
  const whyNot = async (input: ResetPasswordInput): Promise<ResetPasswordOutcome> => {
    const link = await findLink(deps, input.token, clock.now());
    return link.outcome === 'live' ? UNAVAILABLE : INVALID;
  };

  const redeemAlone = async (link: LiveLink, input: ResetPasswordInput): Promise<ResetPasswordOutcome> => {
    const { tokenHash } = link.token;
    const outcome = await withReservation(tokenHash, (reservationId) => attempt(link, input, reservationId));
    return outcome ?? whyNot(input);
  };

  const attempt = async (
    link: LiveLink,
    { newPassword, client, userAgent, ...input }: ResetPasswordInput,
    reservationId: string,
  ): Promise<Used<ResetPasswordOutcome>> => {
    const { account, request } = link;
    const password = policy.normalize(newPassword);
    const broken = policy.violations(password, account);
    if (broken.length > 0) return { answer: rejected(broken), cost: 1 };

    const current = account.passwordHash;
    const isSame = current !== null && (await unlessBusy(hasher.matches(password, current, { client })));
    if (isSame === undefined) return { answer: UNAVAILABLE, cost: 0 };
    if (isSame) return { answer: rejected(['SAME_AS_CURRENT']), cost: SAME_AS_CURRENT_COST };

    const like = bcryptPrefix(current ?? '') ?? '$2b$';
    const passwordHash = await unlessBusy(hasher.hash(password, like, { client }));
    // The comparison was work. If its attempt were given back, one link could cause that work again and again.
    if (passwordHash === undefined) return { answer: UNAVAILABLE, cost: current === null ? 0 : 1 };

    const network = client.stored;
    const redeemed = await redeemLink({ ...link, reservationId, passwordHash, network, userAgent });
    if (redeemed.outcome === 'overtaken') {
      return { answer: await whyNot({ ...input, newPassword, client, userAgent }), cost: 0 };
    }

    const { deliveryId, at, sessionsRevoked } = redeemed;
    const { reference, traceparent } = request;
    await jobQueue.delivery({ id: deliveryId, attempt: 0, dueAt: at, traceparent }).catch(() => undefined);
    return { answer: { outcome: 'reset', reference, sessionsRevoked }, cost: 'redeemed' };
  };

  return resetPassword;
};

const rejected = (rules: readonly PasswordRule[]) => ({ outcome: 'password_rejected', rules }) as const;

/** The result of `work`; undefined when the hashing queue had no room for it. */
const unlessBusy = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HasherBusyError) return undefined;
    throw error;
  }
};

const reuseEvent = (
  link: { readonly outcome: 'over' | 'stale'; readonly token: TokenRow },
  { client, userAgent }: ResetPasswordInput,
  at: Date,
): AuditEvent => {
  const { requestId, userId, redeemedAt, voidReason, attemptsMade, expiresAt } = link.token;
  const why =
    link.outcome === 'stale' || voidReason
      ? 'voided'
      : redeemedAt
        ? 'redeemed'
        : attemptsMade >= MAX_ATTEMPTS && expiresAt > at
          ? 'exhausted'
          : 'expired';
  return {
    event: why === 'expired' ? 'expired' : 'reuse',
    at,
    requestId,
    userId,
    network: client.stored,
    userAgent,
    outcome: why,
  };
};
