import type { z } from 'zod';
import type { hostFields } from './fields.ts';

/**
 * Where the host application keeps its users and sessions. Fields may be dotted paths through sub-documents, such as
 * `profile.email`. A path that leads through an array matches no user.
 */
export interface HostCollections {
  readonly users: {
    readonly collection: string;
    readonly emailField: string;
    readonly passwordField: string;
    /** A missing or truthy value means active; `!field` inverts this. null: every account is active. */
    readonly activeField: string | null;
    readonly localeField: string | null;
    readonly nameField: string | null;
    /** Every reset writes this field as a Date. */
    readonly credentialsChangedAtField: string;
  };
  /** null: this database holds no sessions. */
  readonly sessions: { readonly collection: string; readonly userField: string } | null;
}

type HostEnv = {
  readonly [K in keyof ReturnType<typeof hostFields>]: z.output<ReturnType<typeof hostFields>[K]>;
};

const unlessNone = (name: string): string | null => (name === 'none' ? null : name);

/** The settings of the host application in the form that the database adapter takes. `none` switches an optional name off. */
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
