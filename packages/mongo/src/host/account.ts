import type { Account } from '@latchkey/password-reset';
import type { HostCollections } from '@latchkey/settings';
import { encodeUserId } from '../user-id.ts';
import { isActive, parseActiveField } from './active-field.ts';
import type { HostDocument } from './collections.ts';
import { projectionOf, valueAt } from './path.ts';

type Fields = HostCollections['users'];

/** Numbers below this are seconds, others are milliseconds. As seconds it is the year 5138. */
const LARGEST_SECONDS = 1e11;

const textAt = (document: HostDocument, path: string | null): string | null => {
  const value = path === null ? undefined : valueAt(document, path);
  return typeof value === 'string' ? value : null;
};

/**
 * Reads a Date, milliseconds, seconds, or an ISO string, because host applications use all of these. Any other value counts as
 * "never".
 */
const instantAt = (document: HostDocument, path: string): Date | null => {
  const value = valueAt(document, path);
  const instant =
    value instanceof Date
      ? value
      : typeof value === 'number'
        ? new Date(value < LARGEST_SECONDS ? value * 1000 : value)
        : typeof value === 'string'
          ? new Date(value)
          : undefined;
  return instant && !Number.isNaN(instant.getTime()) ? instant : null;
};

/**
 * Null only for a missing password. A hash that is not text (a Binary, a `{hash, salt}`) becomes a placeholder: the account has
 * a password, but in a format that a reset cannot replace.
 */
const hashAt = (document: HostDocument, path: string): string | null => {
  const value = valueAt(document, path);
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : '(not a string)';
};

/** Projection of the fields that a reset needs. No other field of a user is read. */
export const accountProjection = (fields: Fields): Record<string, 1> => {
  const paths = [
    fields.emailField,
    fields.passwordField,
    parseActiveField(fields.activeField)?.path,
    fields.localeField,
    fields.nameField,
    fields.credentialsChangedAtField,
  ];
  return projectionOf([...new Set(paths.filter((path) => typeof path === 'string'))]);
};

/** The raw values as read, missing ones included. `setPassword` writes only while all of them are unchanged. */
export interface AsRead {
  readonly address: unknown;
  readonly passwordHash: unknown;
  readonly active: unknown;
  readonly credentialsChangedAt: unknown;
}

/** Makes the core's account from a user document of the host application. */
export const toAccount = (document: HostDocument, fields: Fields): Account => {
  const active = parseActiveField(fields.activeField);
  const asRead: AsRead = {
    address: valueAt(document, fields.emailField),
    passwordHash: valueAt(document, fields.passwordField),
    active: active ? valueAt(document, active.path) : undefined,
    credentialsChangedAt: valueAt(document, fields.credentialsChangedAtField),
  };
  return {
    userId: encodeUserId(document['_id']),
    address: textAt(document, fields.emailField),
    passwordHash: hashAt(document, fields.passwordField),
    active: isActive(document, fields.activeField),
    locale: textAt(document, fields.localeField),
    name: textAt(document, fields.nameField),
    credentialsChangedAt: instantAt(document, fields.credentialsChangedAtField),
    asRead,
  };
};
