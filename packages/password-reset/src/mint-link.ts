import { isUnchanged, whyVoid } from './account.ts';
import { maskAddress } from './address.ts';
import { LatchkeyError } from './errors.ts';
import type { Identifiers } from './identifiers.ts';
import {
  type Account,
  DELIVERY_END_STATES,
  type DeliveryId,
  type DeliveryState,
  type RequestRow,
  type TokenRow,
} from './model.ts';
import type { Clock, Repositories, Store } from './ports.ts';
import { newBoundary, newSeed } from './random.ts';
import { requestedEvent } from './requested-event.ts';
import { hashToken, MAX_ATTEMPTS, MAX_LIVE_LINKS, type TokenKeys } from './token.ts';

export interface MintLinkDeps {
  readonly store: Store;
  readonly keys: TokenKeys;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
  readonly linkTtlMs: number;
  readonly retentionMs: number;
  readonly requestDeadlineMs: number;
}

export interface MintLinkInput {
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
  | { readonly outcome: 'lost'; readonly state: string };

export type MintLink = (input: MintLinkInput) => Promise<MintLinkOutcome>;
type SilenceReason = 'live_link' | 'too_many_live_links';

/**
 * ONE transaction: guard row, token row, delivery row, request minted. The guard row makes two of these for one user
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
      // An account remembered from before a change would void the links made since, and get one that opens nothing itself.
      if (!isUnchanged(account, await tx.users.findById(userId))) {
        throw new LatchkeyError(
          'ACCOUNT_CHANGED',
          'the account changed while a link was made; look it up again',
        );
      }

      const open = await openLinks(tx, account, identifiers, now);
      const silence = whySilent(row.overLimit, open, lastingUntil(now, linkTtlMs));
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

      await tx.guards.touch(userId, now);
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
        mintedAt: laterOf(now, account.credentialsChangedAt),
        expiresAt,
        // Later than its request can be claimed: a purged row would let a derived token be inserted, and live, again.
        purgeAt: new Date(expiresAt.getTime() + requestDeadlineMs + retentionMs),
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
        acceptedAt: row.acceptedAt,
        deadline: expiresAt,
        traceparent: row.traceparent,
      });
      await tx.audit.record(requestedEvent(row, 'minted', userId));
      const keysDiffer = row.address !== null && identifiers.account(row.address) !== row.identifierHmac;
      return { outcome: 'minted', deliveryId, dueAt, ...(keysDiffer ? { keysDiffer } : {}) };
    });

const resetDeliveryId = (requestId: string): DeliveryId => `${requestId}:password-reset`;

/**
 * Over the limit an account hears nothing only while it has a link with some time left; and nobody needs a fourth. So
 * strangers can neither flood a mailbox nor keep its owner out.
 */
const whySilent = (
  overLimit: boolean,
  open: readonly TokenRow[],
  lastingUntil: Date,
): SilenceReason | undefined => {
  if (open.length >= MAX_LIVE_LINKS) return 'too_many_live_links';
  return overLimit && open.some(({ expiresAt }) => expiresAt > lastingUntil) ? 'live_link' : undefined;
};

/** A link that ends sooner is no help to somebody who only now goes to look for it. */
const LASTING_MS = 5 * 60_000;
const lastingUntil = (now: Date, linkTtlMs: number): Date =>
  new Date(now.getTime() + Math.min(LASTING_MS, linkTtlMs / 3));

const laterOf = (a: Date, b: Date | null): Date => (b && b > a ? b : a);

/** Links that would work now and whose mail has not failed. Those the account has outgrown are voided on the way. */
const openLinks = async (
  tx: Repositories,
  account: Account,
  identifiers: Identifiers,
  now: Date,
): Promise<readonly TokenRow[]> => {
  const fitting: TokenRow[] = [];
  for (const token of await tx.tokens.liveOf(account.userId, now, MAX_ATTEMPTS)) {
    const reason = whyVoid(token, account, identifiers);
    if (reason) await tx.tokens.void({ tokenHash: token.tokenHash, reason, at: now });
    else fitting.push(token);
  }
  if (fitting.length === 0) return [];

  // One look at all of them: links whose mail failed count for nothing, so strangers can make any number of these.
  const deliveryIdOf = ({ requestId }: TokenRow): DeliveryId => resetDeliveryId(requestId);
  const states = await tx.deliveries.statesOf(fitting.map(deliveryIdOf));
  return fitting.filter((token) => mayArrive(states.get(deliveryIdOf(token))));
};

const mayArrive = (state: DeliveryState | undefined): boolean =>
  state === 'accepted' || (state !== undefined && !DELIVERY_END_STATES.some((end) => end === state));
