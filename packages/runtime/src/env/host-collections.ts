import type { z } from 'zod';
import type { hostFields } from './shared-fields.ts';

type HostEnv = {
  readonly [K in keyof ReturnType<typeof hostFields>]: z.output<ReturnType<typeof hostFields>[K]>;
};

const unlessNone = (name: string): string | null => (name === 'none' ? null : name);

/** The host's names as the database adapter takes them; `none` switches an optional one off. */
export const hostCollections = (env: HostEnv) => ({
  users: {
    collection: env.USERS_COLLECTION,
    emailField: env.USERS_EMAIL_FIELD,
    passwordField: env.USERS_PASSWORD_FIELD,
    activeField: unlessNone(env.USERS_ACTIVE_FIELD),
    localeField: unlessNone(env.USERS_LOCALE_FIELD),
    nameField: unlessNone(env.USERS_NAME_FIELD),
    credentialsChangedAtField: env.USERS_CREDENTIALS_CHANGED_AT_FIELD,
  },
  sessions:
    env.SESSIONS_COLLECTION === 'none'
      ? null
      : { collection: env.SESSIONS_COLLECTION, userField: env.SESSIONS_USER_FIELD },
});
