import { describe, expect, it } from 'vitest';
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
});
