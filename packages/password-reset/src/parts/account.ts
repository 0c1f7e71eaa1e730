import type { Account } from '../model/account.ts';
import type { IneligibleReason } from '../model/request.ts';
import type { TokenRow, VoidReason } from '../model/token.ts';
import { lookupForms } from './address.ts';
import { bcryptPrefix } from './hash-format.ts';
import type { Identifiers } from './identifiers.ts';

export type ChosenAccount =
  | { readonly outcome: 'one'; readonly account: Account }
  | { readonly outcome: 'none' }
  | { readonly outcome: 'ambiguous' };

/**
 * Chooses the account that is stored under the form nearest to the typed address. Two accounts under that form are `ambiguous`,
 * because a guess could give one person's account to another.
 */
export const chooseAccount = (typed: string, matches: readonly Account[]): ChosenAccount => {
  const nearest = lookupForms(typed).find((form) => matches.some(({ address }) => address === form));
  const [account, ...others] = matches.filter(({ address }) => address === nearest);

  if (!account) return { outcome: 'none' };
  return others.length === 0 ? { outcome: 'one', account } : { outcome: 'ambiguous' };
};

/** Why an account gets no link; undefined when it may have one. */
export const whyIneligible = (account: Account): IneligibleReason | undefined => {
  if (!account.active) return 'disabled';
  if (!account.address) return 'no_address';
  if (account.passwordHash === null) return 'no_password';
  if (!bcryptPrefix(account.passwordHash)) return 'unsupported_hash';
  return undefined;
};

/** Whether nothing that a link depends on has changed since `seen` was read. */
export const isUnchanged = (seen: Account, current: Account | undefined): boolean =>
  current !== undefined &&
  current.address === seen.address &&
  current.passwordHash === seen.passwordHash &&
  current.active === seen.active &&
  current.credentialsChangedAt?.getTime() === seen.credentialsChangedAt?.getTime();

/** Why a link no longer fits its account; undefined when it still fits. */
export const whyVoid = (
  token: Pick<TokenRow, 'addressHmac' | 'credentialHmac' | 'credentialsAsOf'>,
  account: Account | undefined,
  identifiers: Identifiers,
): VoidReason | undefined => {
  if (!account) return 'account_gone';
  if (!account.active) return 'account_disabled';
  if (account.address === null || identifiers.address(account.address) !== token.addressHmac)
    return 'address_changed';
  if (account.passwordHash === null) return 'password_changed';
  if (identifiers.credential(account.passwordHash) !== token.credentialHmac) return 'password_changed';
  if (account.credentialsChangedAt && account.credentialsChangedAt > token.credentialsAsOf)
    return 'password_changed';
  return undefined;
};

const WORD = /[\p{L}\p{N}]+/gu;
const MIN_WORD_LENGTH = 4;
/**
 * Longer names are cut (UTF-16 code units). A host may allow names of any length, and folding a very long one takes seconds on
 * the API's event loop.
 */
const MAX_NAME_LENGTH = 200;

/**
 * The text without case and accents, because the same word can be written with or without them. For comparisons only, never for
 * hashing.
 */
export const foldText = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();

/**
 * The words of the account that a password must not contain, folded: the local part of the address, its parts, and the parts of
 * the name. Words of less than four characters are left out.
 */
export const accountWords = ({ address, name }: Pick<Account, 'address' | 'name'>): readonly string[] => {
  const local = foldText(address?.slice(0, address.lastIndexOf('@')) ?? '');
  const called = foldText(name?.slice(0, MAX_NAME_LENGTH) ?? '');
  const words = [local, ...(local.match(WORD) ?? []), ...(called.match(WORD) ?? [])];
  return [...new Set(words)].filter((word) => [...word].length >= MIN_WORD_LENGTH);
};
