import type { HostCollections } from '@latchkey/mongo';
import type { WorkerEnv } from './env.ts';

/** Where the host keeps its users, by configuration. The worker reads users and never touches sessions. */
export const hostCollectionsOf = (env: WorkerEnv): HostCollections => ({
  users: {
    collection: env.USERS_COLLECTION,
    emailField: env.USERS_EMAIL_FIELD,
    passwordField: env.USERS_PASSWORD_FIELD,
    activeField: env.USERS_ACTIVE_FIELD === 'none' ? null : env.USERS_ACTIVE_FIELD,
    localeField: env.USERS_LOCALE_FIELD,
    nameField: env.USERS_NAME_FIELD,
    credentialsChangedAtField: env.USERS_CREDENTIALS_CHANGED_AT_FIELD,
  },
  sessions: null,
});
