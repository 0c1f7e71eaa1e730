import { HasherBusyError, UnavailableError } from '../errors.ts';
import type { AuditEvent } from '../model/audit.ts';
import type { TokenHash } from '../model/ids.ts';
import type { TokenRow } from '../model/link.ts';
import { bcryptPrefix } from '../parts/hash-format.ts';
import type { Identifiers } from '../parts/identifiers.ts';
import { type Pause, pauseByTimer } from '../parts/pause.ts';
import { newReservationId } from '../parts/random.ts';
import { MAX_ATTEMPTS, SAME_AS_CURRENT_COST } from '../parts/token.ts';
import type { Clock } from '../ports/clock.ts';
import type { PasswordHasher } from '../ports/hashing.ts';
import type { ClientAddress, RedeemLimits } from '../ports/limits.ts';
import type { WakeUps } from '../ports/queue.ts';
import type { Store } from '../ports/store.ts';
import { type FoundLink, findLink } from './find-link.ts';
import { createGiveBack } from './give-back.ts';
import type { PasswordPolicy, PasswordRule } from './password-policy.ts';
import type { SpendLink } from './spend-link.ts';

export interface ResetPasswordDeps {
  readonly store: Store;
  readonly spendLink: SpendLink;
  readonly limits: RedeemLimits;
  readonly hasher: PasswordHasher;
  readonly wakeUps: Pick<WakeUps, 'delivery'>;
  readonly identifiers: Identifiers;
  readonly policy: PasswordPolicy;
  readonly clock: Clock;
  readonly pause?: Pause;
}

/** An attempt to use a link; `token` and `newPassword` are as given and go no further than their hashes. */
export interface ResetPasswordInput {
  readonly token: string;
  readonly newPassword: string;
  readonly client: ClientAddress;
  readonly network: string | null;
  readonly userAgent: string | null;
}

/** What came of it; an unusable link has one answer, whatever is wrong with it. */
export type ResetPasswordOutcome =
  | { readonly ok: true; readonly reference: string; readonly sessionsRevoked: number }
  /** Missing, malformed, foreign, expired, used, void: one answer for all. A good link never gets it. */
  | { readonly ok: false; readonly reason: 'invalid_token' }
  /** An engine is away, hashing is busy, or the link is in somebody's hands: the same call may succeed later. */
  | { readonly ok: false; readonly reason: 'unavailable' }
  | { readonly ok: false; readonly reason: 'rate_limited'; readonly retryAfterMs: number }
  | { readonly ok: false; readonly reason: 'password_rejected'; readonly rules: readonly PasswordRule[] };

/**
 * Longer than a compare and a hash take with their waits in line, but for a line full of hashes of a high cost: then somebody
 * else may reserve the link as well, and one of the two spends it. A reservation that outlives its holder ends by itself.
 */
export const RESERVATION_MS = 15_000;

const INVALID = { ok: false, reason: 'invalid_token' } as const;
const UNAVAILABLE = { ok: false, reason: 'unavailable' } as const;
type LiveLink = Extract<FoundLink, { found: 'live' }>;

/** Look up → reserve → policy → hash → one transaction → wake the notice. */
export const createResetPassword = (deps: ResetPasswordDeps) => {
  const { store, spendLink, limits, hasher, wakeUps, policy, clock, pause = pauseByTimer } = deps;
  const giveBack = createGiveBack({ tokens: store.tokens, clock, pause });
  /** The links that calls of this process have in hand. */
  const inHand = new Map<TokenHash, Promise<ResetPasswordOutcome>>();

  const resetPassword = async (input: ResetPasswordInput): Promise<ResetPasswordOutcome> => {
    try {
      const link = await findLink(deps, input.token, clock.now());
      return link.found === 'live' ? await redeem(link, input) : await refuse(link, input);
    } catch (error) {
      if (error instanceof UnavailableError) return UNAVAILABLE;
      throw error;
    }
  };

  /** Only dead tokens cost the network anything, so nobody behind a shared address is kept from using a live link. */
  const refuse = async (
    link: Exclude<FoundLink, LiveLink>,
    input: ResetPasswordInput,
  ): Promise<ResetPasswordOutcome> => {
    const verdict = await limits.network(input.client);
    if (!verdict.allowed) return { ok: false, reason: 'rate_limited', retryAfterMs: verdict.retryAfterMs };
    if (link.found === 'unknown') return INVALID;

    const at = clock.now();
    if (link.found === 'outgrown')
      await store.tokens.void({ tokenHash: link.token.tokenHash, reason: link.reason, at });
    await store.audit.record(reuseEvent(link, input, at));
    return INVALID;
  };

  /** One call at a time has a link in hand; the others of this process wait for what it comes to, and hash nothing. */
  const redeem = async (link: LiveLink, input: ResetPasswordInput): Promise<ResetPasswordOutcome> => {
    const { tokenHash } = link.token;
    const first = inHand.get(tokenHash);
    if (first) {
      const outcome = await first.catch(() => undefined);
      return outcome?.ok ? INVALID : whyNot(input);
    }

    const own = redeemAlone(link, input);
    inHand.set(tokenHash, own);
    try {
      return await own;
    } finally {
      inHand.delete(tokenHash);
    }
  };

  /** The link could not be had. Told to be invalid it would be given up, so that is said only of one that is over. */
  const whyNot = async (input: ResetPasswordInput): Promise<ResetPasswordOutcome> => {
    const link = await findLink(deps, input.token, clock.now());
    return link.found === 'live' ? UNAVAILABLE : INVALID;
  };

  const reserve = async (tokenHash: TokenHash) => {
    const now = clock.now();
    const until = new Date(now.getTime() + RESERVATION_MS);
    const reservation = { tokenHash, reservationId: newReservationId(), until };
    try {
      const { reservationId } = reservation;
      const limit = { now, busyUntil: until, maxAttempts: MAX_ATTEMPTS };
      const attempts = await store.tokens.reserve({ tokenHash, reservationId, ...limit });
      return attempts === undefined ? undefined : reservation;
    } catch (error) {
      // Without an answer nobody knows whether it stands, and nobody will use it.
      void giveBack({ reservation, cost: 0, certain: false });
      throw error;
    }
  };

  const redeemAlone = async (link: LiveLink, input: ResetPasswordInput): Promise<ResetPasswordOutcome> => {
    const reservation = await reserve(link.token.tokenHash);
    if (!reservation) return whyNot(input);

    // An attempt that failed for our own reasons is given back; one that the password failed is not.
    let cost = 0;
    let compared = false;
    let spentIt = false;
    let away = false;
    try {
      const password = policy.normalize(input.newPassword);
      const rules = await brokenRules(password, link, input.client);
      if (rules.length > 0) {
        cost = rules.includes('SAME_AS_CURRENT') ? SAME_AS_CURRENT_COST : 1;
        return { ok: false, reason: 'password_rejected', rules };
      }

      const currentHash = link.account.passwordHash ?? '';
      compared = currentHash !== '';
      const passwordHash = await hasher.hash(password, bcryptPrefix(currentHash) ?? '$2b$', {
        client: input.client,
      });
      const spent = await spendLink({
        ...link,
        reservationId: reservation.reservationId,
        passwordHash,
        network: input.network,
        userAgent: input.userAgent,
      });
      if (!spent.ok) return await whyNot(input);
      spentIt = true;

      const { deliveryId: id, at: dueAt } = spent;
      await wakeUps
        .delivery({ id, attempt: 0, dueAt, traceparent: link.request.traceparent })
        .catch(() => undefined);
      return { ok: true, reference: link.request.reference, sessionsRevoked: spent.sessionsRevoked };
    } catch (error) {
      if (error instanceof HasherBusyError) {
        // A comparison is work: given back, one link could have it done again and again.
        cost = compared ? 1 : 0;
        return UNAVAILABLE;
      }
      away = error instanceof UnavailableError;
      throw error;
    } finally {
      // Without the database this goes on in the background; nobody need wait to hear a second time that it is away.
      if (!spentIt) {
        const givenBack = giveBack({ reservation, cost, certain: true });
        if (!away) await givenBack;
      }
    }
  };

  const brokenRules = async (
    password: string,
    { account }: LiveLink,
    client: ClientAddress,
  ): Promise<readonly PasswordRule[]> => {
    const broken = policy.violations(password, account);
    if (broken.length > 0 || account.passwordHash === null) return broken;
    return (await hasher.matches(password, account.passwordHash, { client })) ? ['SAME_AS_CURRENT'] : [];
  };

  return resetPassword;
};

const reuseEvent = (
  link: { readonly found: 'dead' | 'outgrown'; readonly token: TokenRow },
  { network, userAgent }: ResetPasswordInput,
  at: Date,
): AuditEvent => {
  const { requestId, userId, usedAt, voidReason, attempts, expiresAt } = link.token;
  const why =
    link.found === 'outgrown' || voidReason
      ? 'voided'
      : usedAt
        ? 'used'
        : attempts >= MAX_ATTEMPTS && expiresAt > at
          ? 'exhausted'
          : 'expired';
  return {
    event: why === 'expired' ? 'expired' : 'reuse',
    at,
    requestId,
    userId,
    network,
    userAgent,
    outcome: why,
  };
};
