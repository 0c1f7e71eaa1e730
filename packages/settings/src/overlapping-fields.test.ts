import { describe, expect, it } from 'vitest';
import { overlappingFields } from './overlapping-fields.ts';

const FIELDS = {
  USERS_EMAIL_FIELD: 'email',
  USERS_PASSWORD_FIELD: 'passwordHash',
  USERS_ACTIVE_FIELD: 'none',
  USERS_LOCALE_FIELD: 'locale',
  USERS_NAME_FIELD: 'name',
  USERS_CREDENTIALS_CHANGED_AT_FIELD: 'credentialsChangedAt',
};

describe('fields of the host that a reset writes', () => {
  it.each([
    { USERS_PASSWORD_FIELD: 'auth.hash', USERS_CREDENTIALS_CHANGED_AT_FIELD: 'auth' },
    { USERS_PASSWORD_FIELD: 'auth', USERS_CREDENTIALS_CHANGED_AT_FIELD: 'auth.at' },
    { USERS_PASSWORD_FIELD: 'email' },
    { USERS_ACTIVE_FIELD: '!passwordHash.off' },
  ])('may not overlap another one: %o', (names) => {
    expect(overlappingFields({ ...FIELDS, ...names })).not.toEqual([]);
  });

  it('may share a parent, and need not all be known', () => {
    const names = { USERS_PASSWORD_FIELD: 'auth.hash', USERS_CREDENTIALS_CHANGED_AT_FIELD: 'auth.hashAt' };
    expect(overlappingFields({ ...FIELDS, ...names })).toEqual([]);
    expect(overlappingFields({ USERS_PASSWORD_FIELD: 'hash' })).toEqual([]);
  });
});
