import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors.ts';
import { hostCollections } from './host-collections.ts';

const ENV = {
  USERS_COLLECTION: 'users',
  USERS_EMAIL_FIELD: 'email',
  USERS_PASSWORD_FIELD: 'passwordHash',
  USERS_ACTIVE_FIELD: 'none',
  USERS_LOCALE_FIELD: 'locale',
  USERS_NAME_FIELD: 'name',
  USERS_CREDENTIALS_CHANGED_AT_FIELD: 'credentialsChangedAt',
  SESSIONS_COLLECTION: 'none',
  SESSIONS_USER_FIELD: 'userId',
};

describe("the host's names", () => {
  it('switch optional parts off with none', () => {
    const { users, sessions } = hostCollections(ENV);
    expect(users).toMatchObject({ collection: 'users', activeField: null });
    expect(sessions).toBeNull();
  });

  it.each([
    { USERS_PASSWORD_FIELD: 'auth.hash', USERS_CREDENTIALS_CHANGED_AT_FIELD: 'auth' },
    { USERS_PASSWORD_FIELD: 'auth', USERS_CREDENTIALS_CHANGED_AT_FIELD: 'auth.at' },
    { USERS_PASSWORD_FIELD: 'email' },
    { USERS_ACTIVE_FIELD: '!passwordHash.off' },
  ])('may not overlap where a reset writes: %o', (names) => {
    expect(() => hostCollections({ ...ENV, ...names })).toThrow(ConfigError);
  });

  it('may share a parent', () => {
    const names = { USERS_PASSWORD_FIELD: 'auth.hash', USERS_CREDENTIALS_CHANGED_AT_FIELD: 'auth.hashAt' };
    expect(() => hostCollections({ ...ENV, ...names })).not.toThrow();
  });
});
