import { LatchkeyError } from '../errors.ts';
import type { Account } from '../model/account.ts';
import type { DeliveryId } from '../model/ids.ts';
import type { RequestRow, RequestState, SilenceReason } from '../model/request.ts';
import type { TokenRow } from '../model/token.ts';
import { isUnchanged, whyVoid } from '../parts/account.ts';
import { maskAddress } from '../parts/address.ts';
import type { Identifiers } from '../parts/identifiers.ts';
import { newBoundary, newSeed } from '../parts/random.ts';
import { hashToken, isLive, type TokenKeys } from '../parts/token.ts';
import type { Clock } from '../ports/clock.ts';
import type { Repositories, Store } from '../ports/store.ts';
import { requestedEvent } from './requested-event.ts';
import { DAY_MS, hasManyToday, isRecent, type LinkSeen, REFUSALS, whySilent } from './why-silent.ts';

export interface MintLinkDeps {
  readonly store: Store;
  readonly keys: TokenKeys;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
  readonly linkTtlMs: number;
  readonly retentionMs: number;
  readonly requestDeadlineMs: number;
}

interface MintLinkInput {
  readonly row: RequestRow;
  readonly leaseId: string;
  readonly account: Account;
}

export type MintLinkOutcome =
  | {
      readonly outcome: 'minted';
      readonly deliveryId: DeliveryId;
      readonly dueAt: Date;
      /**
       * Set when API and worker have different IDENTIFIER_HMAC_KEYs. Then the API will treat this link as one for another
       * address.
       */
      readonly keysDiffer?: true;
    }
  | { readonly outcome: 'over_limit'; readonly reason: SilenceReason }
  | { readonly outcome: 'lost'; readonly state: RequestState };

export type MintLink = (input: MintLinkInput) => Promise<MintLinkOutcome>;

/**
 * Mints a link in ONE transaction: account lock, token row, delivery row, request minted. Two of these for one user conflict at
 * the account lock, so that a hundred requests at once cannot each find "no link yet". Requests that get no link do not write the
 * lock. If they did, a thousand of them for one account would wait for each other, and all other requests would wait for the
 * slots that they hold.
 */
export const createMintLink =
  ({ store, keys, identifiers, clock, linkTtlMs, retentionMs, requestDeadlineMs }: MintLinkDeps): MintLink =>
  ({ row, leaseId, account }) =>
    store.transaction(async (tx) => {
      const now = clock.now();
      const { requestId } = row;
      const { userId } = account;
      // Minting from an outdated read would void links that were minted since, and make a link that cannot be redeemed.
      if (!isUnchanged(account, await tx.users.findById(userId))) {
        throw new LatchkeyError(
          'ACCOUNT_CHANGED',
          'the account changed while a link was made; look it up again',
        );
      }

      const { overLimit } = row;
      const links = await linksOf({ tx, account, identifiers, overLimit, now, linkTtlMs });
      const silence = whySilent({ overLimit, links, now, linkTtlMs });
      if (silence) {
        const purgeAt = new Date(now.getTime() + retentionMs);
        const settled = {
          requestId,
          leaseId,
          state: 'over_limit',
          reason: silence,
          userId,
          purgeAt,
        } as const;
        if (!(await tx.requests.settle(settled))) return { outcome: 'lost', state: 'claimed' };
        await tx.audit.record(requestedEvent(row, silence, userId));
        return { outcome: 'over_limit', reason: silence };
      }

      await tx.accountLocks.lock(userId, now);
      const seed = newSeed();
      const kid = keys.signingKid;
      const token = keys.derive({ kid, purpose: 'password-reset', requestId, seed });
      const { address, passwordHash } = account;
      if (!token || address === null || passwordHash === null) {
        throw new LatchkeyError(
          'MINT_PRECONDITION',
          'a link was to be minted for an account that cannot have one',
        );
      }
      const expiresAt = new Date(now.getTime() + linkTtlMs);
      const minted = { requestId, leaseId, userId, seed, kid, dueAt: expiresAt };
      if (!(await tx.requests.mint(minted))) return { outcome: 'lost', state: 'claimed' };

      await tx.tokens.insert({
        tokenHash: hashToken(token),
        kid,
        purpose: 'password-reset',
        requestId,
        userId,
        addressHmac: identifiers.address(address),
        credentialHmac: identifiers.credential(passwordHash),
        // The last change may have a later time than `now`, from a clock that is ahead. The link must not look older than that
        // change.
        credentialsAsOf: laterOf(now, account.credentialsChangedAt),
        expiresAt,
        // The row stays longer than its request can be claimed: without the row a derived token could be inserted, and be live, a
        // second time. It also stays for a day, because the links of a day are counted (decision 39).
        purgeAt: new Date(
          Math.max(expiresAt.getTime() + requestDeadlineMs + retentionMs, now.getTime() + DAY_MS),
        ),
      });
      const deliveryId = resetDeliveryId(requestId);
      // The request has waited its jitter before the look-up, so its mail is due at once.
      const dueAt = now;
      await tx.deliveries.insert({
        deliveryId,
        requestId,
        kind: 'password-reset',
        userId,
        channel: 'email',
        to: address,
        maskedTo: maskAddress(address),
        name: account.name,
        locale: account.locale ?? row.locale,
        date: now,
        boundary: newBoundary(),
        dueAt,
        occurredAt: row.acceptedAt,
        deadline: expiresAt,
        traceparent: row.traceparent,
      });
      await tx.audit.record(requestedEvent(row, 'minted', userId));
      const keysDiffer = row.address !== null && identifiers.account(row.address) !== row.identifierHmac;
      return { outcome: 'minted', deliveryId, dueAt, ...(keysDiffer ? { keysDiffer } : {}) };
    });

/** Id of the delivery of a request's link, whether there is one or not. */
export const resetDeliveryId = (requestId: string): DeliveryId => `${requestId}:password-reset`;

const laterOf = (a: Date, b: Date | null): Date => (b && b > a ? b : a);

/**
 * Upper bound for the links that one query reads. A flooded account may have more in a day; the newest of them suffice for every
 * rule in `why-silent.ts`.
 */
const MOST_LINKS_SEEN = 50;

interface LinksOfInput extends Pick<MintLinkDeps, 'identifiers' | 'linkTtlMs'> {
  readonly tx: Repositories;
  readonly account: Account;
  readonly overLimit: boolean;
  readonly now: Date;
}

/**
 * The account's links, newest first: those that are live and those of the last 24 hours, each with the state of its mail where a
 * rule needs it. Live links that no longer fit the account are voided here.
 */
const linksOf = async (input: LinksOfInput): Promise<readonly LinkSeen[]> => {
  const { tx, account, identifiers, overLimit, now, linkTtlMs } = input;
  const { userId } = account;
  const aDayAgo = now.getTime() - DAY_MS;
  const endingAfter = new Date(Math.min(now.getTime(), aDayAgo + linkTtlMs));
  const links: (Omit<LinkSeen, 'mail'> & { readonly deliveryId: DeliveryId })[] = [];
  for (const token of await tx.tokens.latestOf({ userId, endingAfter, limit: MOST_LINKS_SEEN })) {
    const { tokenHash, expiresAt } = token;
    const reason = isLive(token, now) ? whyVoid(token, account, identifiers) : undefined;
    if (reason) await tx.tokens.void({ tokenHash, reason, at: now });
    const live = isLive(token, now) && !reason;
    links.push({
      deliveryId: resetDeliveryId(token.requestId),
      madeAt: madeAt(token, linkTtlMs),
      expiresAt,
      live,
    });
  }

  // One query reads the states of all mails, and there is none when no rule needs a state. Within the limit only the mails of
  // live links are needed.
  const pausing = (overLimit || hasManyToday(links, now)) && links.some((link) => isRecent(link, now));
  const matters = links.filter(
    (link, index) => link.live || (pausing && (index < REFUSALS || isRecent(link, now))),
  );
  if (matters.length === 0) return links.map((link) => ({ ...link, mail: undefined }));
  const states = await tx.deliveries.statesOf(matters.map(({ deliveryId }) => deliveryId));
  return links.map((link) => ({ ...link, mail: states.get(link.deliveryId) }));
};

/**
 * When a link was minted. `credentialsAsOf` may be later, because the host's clock may be ahead, so the end of the link counts as
 * well.
 */
const madeAt = ({ credentialsAsOf, expiresAt }: TokenRow, linkTtlMs: number): Date =>
  new Date(Math.min(credentialsAsOf.getTime(), expiresAt.getTime() - linkTtlMs));
