import type { Account } from '../model/account.ts';
import type { RequestRow } from '../model/request.ts';
import type { TokenRow, VoidReason } from '../model/token.ts';
import { whyVoid } from '../parts/account.ts';
import type { Identifiers } from '../parts/identifiers.ts';
import { hashToken, isLive } from '../parts/token.ts';
import type { Repositories } from '../ports/store.ts';

export type FoundLink =
  | {
      readonly outcome: 'live';
      readonly token: TokenRow;
      readonly request: RequestRow;
      readonly account: Account;
    }
  /** Live, but minted for a password, an address or a status that the account no longer has. The link has to be voided. */
  | { readonly outcome: 'stale'; readonly token: TokenRow; readonly reason: VoidReason }
  /** Redeemed, voided, expired, without attempts left, for another purpose, or its request is not minted. */
  | { readonly outcome: 'over'; readonly token: TokenRow }
  | { readonly outcome: 'unknown' };

export interface FindLinkDeps {
  readonly store: Pick<Repositories, 'tokens' | 'requests' | 'users'>;
  readonly identifiers: Identifiers;
}

/**
 * Finds a link by the hash of the token as given, and checks everything that must hold for it to be redeemed. Changes nothing.
 */
export const findLink = async (
  { store, identifiers }: FindLinkDeps,
  rawToken: string,
  now: Date,
): Promise<FoundLink> => {
  const token = await store.tokens.find(hashToken(rawToken));
  if (!token) return { outcome: 'unknown' };
  if (token.purpose !== 'password-reset' || !isLive(token, now)) return { outcome: 'over', token };

  const request = await store.requests.find(token.requestId);
  if (request?.state !== 'minted') return { outcome: 'over', token };

  const account = await store.users.findById(token.userId);
  const reason = whyVoid(token, account, identifiers);
  if (reason || !account) return { outcome: 'stale', token, reason: reason ?? 'account_gone' };
  return { outcome: 'live', token, request, account };
};
