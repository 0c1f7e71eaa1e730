import { dictionary } from '@zxcvbn-ts/language-common';
import { truncates } from 'bcryptjs';
import type { Account } from '../model/account.ts';
import { accountWords, foldText } from '../parts/account.ts';

/** bcrypt reads no further. */
const MAX_PASSWORD_BYTES = 72;

/** In the order in which a form would want to show them. */
export const PASSWORD_RULES = [
  'TOO_SHORT',
  'TOO_LONG',
  'INVALID_CHARACTERS',
  'COMMON',
  'CONTAINS_ACCOUNT_WORDS',
  'SAME_AS_CURRENT',
] as const;
/** One of {@link PASSWORD_RULES}. */
export type PasswordRule = (typeof PASSWORD_RULES)[number];

/** `none`, or a Unicode normalisation form; must equal what the host's login does before it compares. */
export type PasswordNormalization = 'none' | 'nfc' | 'nfkc';

/** What a new password must satisfy, and how it is written before it is hashed. */
export interface PasswordPolicy {
  readonly minLength: number;
  readonly maxBytes: number;
  readonly rules: readonly PasswordRule[];
  /** The string that is hashed. */
  normalize(password: string): string;
  /** Every rule but SAME_AS_CURRENT, which needs a slow comparison, that `password` (normalised) breaks. */
  violations(password: string, account: Pick<Account, 'address' | 'name'>): readonly PasswordRule[];
}

const COMMON = new Set((dictionary['passwords-common'] ?? []).map((password) => password.toLowerCase()));

/** How many common passwords are known; the boot log says so and a test holds it above 10,000. */
export const commonPasswordCount = (): number => COMMON.size;

/**
 * NIST SP 800-63B-4 3.1.1: length in code points, no composition rules, a blocklist; and bcrypt's own limit as a clear error
 * instead of a silent truncation.
 */
export const createPasswordPolicy = ({
  minLength,
  normalization,
}: {
  minLength: number;
  normalization: PasswordNormalization;
}): PasswordPolicy => ({
  minLength,
  maxBytes: MAX_PASSWORD_BYTES,
  rules: PASSWORD_RULES,

  normalize: (password) => {
    if (normalization === 'none' || !password.isWellFormed()) return password;
    return password.normalize(normalization === 'nfc' ? 'NFC' : 'NFKC');
  },

  violations: (password, account) => {
    const folded = foldText(password);
    const broken: Record<Exclude<PasswordRule, 'SAME_AS_CURRENT'>, boolean> = {
      TOO_SHORT: [...password].length < minLength,
      TOO_LONG: truncates(password),
      // bcrypt stops at NUL in C implementations, and a lone surrogate is hashed as U+FFFD: two passwords would be one.
      INVALID_CHARACTERS: password.includes('\0') || !password.isWellFormed(),
      COMMON: COMMON.has(password.toLowerCase()),
      CONTAINS_ACCOUNT_WORDS: accountWords(account).some((word) => folded.includes(word)),
    };
    return PASSWORD_RULES.filter((rule) => rule !== 'SAME_AS_CURRENT' && broken[rule]);
  },
});
