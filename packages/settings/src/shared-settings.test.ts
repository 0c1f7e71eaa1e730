import { describe, expect, it } from 'vitest';
import { sharedSettings } from './shared-settings.ts';

describe('the settings that both apps must have alike', () => {
  it('include the field by which sessions name their user, where sessions are', () => {
    const settings = { SESSIONS_COLLECTION: 'sessions', SESSIONS_USER_FIELD: 'session.user' };
    expect(sharedSettings({ ...settings, USERS_COLLECTION: 'users' })).toEqual({
      ...settings,
      USERS_COLLECTION: 'users',
    });
  });

  it.each([undefined, 'none'])('leave it out where SESSIONS_COLLECTION is %s', (collection) => {
    const shared = sharedSettings({ SESSIONS_COLLECTION: collection, SESSIONS_USER_FIELD: 'userId' });
    expect(shared).not.toHaveProperty('SESSIONS_USER_FIELD');
  });
});
