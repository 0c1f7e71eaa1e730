import { dictionary } from '@zxcvbn-ts/language-common';
import { truncates } from 'bcryptjs';
import type { Account } from '../model/account.ts';
import { accountWords, foldText } from '../parts/account.ts';

/** bcrypt ignores all bytes after these. */
const MAX_PASSWORD_BYTES = 72;

/** In the order in which a form should show them. */
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

/** `none`, or a Unicode normalisation form. It must be what the host's login applies before it compares. */
export type PasswordNormalization = 'none' | 'nfc' | 'nfkc';

/**
 * The rules for a new password, and its normalisation before hashing. `minLength` counts code points, `maxBytes` bytes of UTF-8.
 */
export interface PasswordPolicy {
  readonly minLength: number;
  readonly maxBytes: number;
  readonly rules: readonly PasswordRule[];
  /** The string that is compared and hashed. */
  normalize(password: string): string;
  /** The rules that `password` (normalised) breaks. SAME_AS_CURRENT is not among them, because it needs a slow comparison. */
  violations(password: string, account: Pick<Account, 'address' | 'name'>): readonly PasswordRule[];
}

const COMMON = new Set((dictionary['passwords-common'] ?? []).map((password) => password.toLowerCase()));

/** Number of the common passwords that are known. The API logs it at boot, and a test requires more than 10,000. */
export const commonPasswordCount = (): number => COMMON.size;

/**
 * The policy of NIST SP 800-63B-4 3.1.1: length in code points, no composition rules, a blocklist. bcrypt's own limit is an error
 * of its own, instead of a silent truncation.
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
      // C implementations of bcrypt stop at NUL, and a lone surrogate is hashed as U+FFFD: two different passwords would be
      // equal.
      INVALID_CHARACTERS: password.includes('\0') || !password.isWellFormed(),
      COMMON: COMMON.has(password.toLowerCase()),
      CONTAINS_ACCOUNT_WORDS: accountWords(account).some((word) => folded.includes(word)),
    };
    return PASSWORD_RULES.filter((rule) => rule !== 'SAME_AS_CURRENT' && broken[rule]);
  },
});
