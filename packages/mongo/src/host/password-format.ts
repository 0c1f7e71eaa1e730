import { bcryptPrefix } from '@latchkey/password-reset';

/** Formats of stored passwords, as far as the stored text shows them. Only the bcrypt formats can be reset. */
export const PASSWORD_FORMATS = [
  'bcrypt-2a',
  'bcrypt-2b',
  'bcrypt-2y',
  'argon2',
  'scrypt',
  'pbkdf2',
  'none',
  'other',
] as const;
/** One of {@link PASSWORD_FORMATS}. */
export type PasswordFormat = (typeof PASSWORD_FORMATS)[number];

const BCRYPT: Record<string, PasswordFormat> = {
  $2a$: 'bcrypt-2a',
  $2b$: 'bcrypt-2b',
  $2y$: 'bcrypt-2y',
};

/** The format of a stored value of any type; `none` for a user without a password (single sign-on). */
export const passwordFormat = (stored: unknown): PasswordFormat => {
  if (stored === undefined || stored === null || stored === '') return 'none';
  if (typeof stored !== 'string') return 'other';
  if (/^\$argon2(id|i|d)\$/.test(stored)) return 'argon2';
  if (/^(\$7\$|\$?scrypt\b)/i.test(stored)) return 'scrypt';
  if (/^\$?pbkdf2/i.test(stored)) return 'pbkdf2';
  return BCRYPT[bcryptPrefix(stored) ?? ''] ?? 'other';
};
