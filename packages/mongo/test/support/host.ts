import type { HostCollections } from '@latchkey/settings';

/** A host application with the default names of the environment, plus an active flag. */
export const HOST = {
  users: {
    collection: 'users',
    emailField: 'email',
    passwordField: 'passwordHash',
    activeField: 'active',
    localeField: 'locale',
    nameField: 'name',
    credentialsChangedAtField: 'credentialsChangedAt',
  },
  sessions: { collection: 'sessions', userField: 'userId' },
} as const satisfies HostCollections;
