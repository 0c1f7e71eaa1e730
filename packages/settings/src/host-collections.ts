import type { z } from 'zod';
import type { hostFields } from './fields.ts';

/**
 * Where the host application keeps its users and sessions. Fields may be dotted paths through sub-documents, such as
 * `profile.email`; a path that leads through an array finds nobody.
 */
export interface HostCollections {
  readonly users: {
    readonly collection: string;
    readonly emailField: string;
    readonly passwordField: string;
    /** Missing or truthy is active; `!field` inverts; null: everybody is active. */
    readonly activeField: string | null;
    readonly localeField: string | null;
    readonly nameField: string | null;
    /** Written at every reset, as a Date. */
    readonly credentialsChangedAtField: string;
  };
  /** null: the host keeps no sessions in this database. */
  readonly sessions: { readonly collection: string; readonly userField: string } | null;
}

type HostEnv = {
  readonly [K in keyof ReturnType<typeof hostFields>]: z.output<ReturnType<typeof hostFields>[K]>;
};

const unlessNone = (name: string): string | null => (name === 'none' ? null : name);

/** The host's names as the database adapter takes them; `none` switches an optional one off. */
export const hostCollections = (env: HostEnv): HostCollections => ({
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
