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
      /** API and worker have different IDENTIFIER_HMAC_KEYs: the API will take this link for one of another address. */
      readonly keysDiffer?: true;
    }
  | { readonly outcome: 'over_limit'; readonly reason: SilenceReason }
  | { readonly outcome: 'lost'; readonly state: RequestState };

export type MintLink = (input: MintLinkInput) => Promise<MintLinkOutcome>;

/**
 * ONE transaction: account lock, token row, delivery row, request minted. The account lock makes two of these for one user
 * conflict, so that a hundred requests at once cannot each see "no link yet". Requests that get no link do not touch it: a
 * thousand of them for one account would have to wait for each other, and everybody else for the slots they hold.
 */
export const createMintLink =
  ({ store, keys, identifiers, clock, linkTtlMs, retentionMs, requestDeadlineMs }: MintLinkDeps): MintLink =>
  ({ row, leaseId, account }) =>
    store.transaction(async (tx) => {
      const now = clock.now();
      const { requestId } = row;
      const { userId } = account;
      // Minting from a stale read would void links issued since and create one that cannot be redeemed.
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
        // A clock behind the one that wrote the last change must not make a link look older than that change.
        credentialsAsOf: laterOf(now, account.credentialsChangedAt),
        expiresAt,
        // Later than its request can be claimed: a purged row would let a derived token be inserted, and live, again. And
        // not within a day: until then it counts.
        purgeAt: new Date(
          Math.max(expiresAt.getTime() + requestDeadlineMs + retentionMs, now.getTime() + DAY_MS),
        ),
      });
      const deliveryId = resetDeliveryId(requestId);
      // The request waited out its jitter before the look-up, so its mail leaves at once.
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

/** The delivery of a request's link, if there is one. */
export const resetDeliveryId = (requestId: string): DeliveryId => `${requestId}:password-reset`;

const laterOf = (a: Date, b: Date | null): Date => (b && b > a ? b : a);

/** Fewer than a flooded day may have: what is recent or open is among them, and they are enough to know such a day by. */
const MOST_LINKS_SEEN = 50;

interface LinksOfInput extends Pick<MintLinkDeps, 'identifiers' | 'linkTtlMs'> {
  readonly tx: Repositories;
  readonly account: Account;
  readonly overLimit: boolean;
  readonly now: Date;
}

/**
 * The account's links, newest first: those that would work now, those of a day, and the state of each mail that matters. Links
 * that the account has outgrown are voided on the way.
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

  // One look at all of them, and none where no mail matters: within its limit an account has live links to ask about, if any.
  const pausing = (overLimit || hasManyToday(links, now)) && links.some((link) => isRecent(link, now));
  const matters = links.filter(
    (link, index) => link.live || (pausing && (index < REFUSALS || isRecent(link, now))),
  );
  if (matters.length === 0) return links.map((link) => ({ ...link, mail: undefined }));
  const states = await tx.deliveries.statesOf(matters.map(({ deliveryId }) => deliveryId));
  return links.map((link) => ({ ...link, mail: states.get(link.deliveryId) }));
};

/** Told by the link's end, too: a host's clock that is ahead may have moved `credentialsAsOf`. */
const madeAt = ({ credentialsAsOf, expiresAt }: TokenRow, linkTtlMs: number): Date =>
  new Date(Math.min(credentialsAsOf.getTime(), expiresAt.getTime() - linkTtlMs));
