import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import type { hostFields } from './shared-fields.ts';

type HostEnv = {
  readonly [K in keyof ReturnType<typeof hostFields>]: z.output<ReturnType<typeof hostFields>[K]>;
};

const unlessNone = (name: string): string | null => (name === 'none' ? null : name);

/**
 * The host's names as the database adapter takes them; `none` switches an optional one off.
 * @throws ConfigError when two fields overlap: writing one would destroy or refuse the other.
 */
export const hostCollections = (env: HostEnv) => {
  const problems = overlaps(env);
  if (problems.length > 0) throw new ConfigError(problems);

  return {
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
  };
};

const WRITTEN = ['USERS_PASSWORD_FIELD', 'USERS_CREDENTIALS_CHANGED_AT_FIELD'] as const;
const FIELDS = [
  ...WRITTEN,
  'USERS_EMAIL_FIELD',
  'USERS_ACTIVE_FIELD',
  'USERS_LOCALE_FIELD',
  'USERS_NAME_FIELD',
] as const;

/** A written field that equals another one, or lies in it or around it. */
const overlaps = (env: HostEnv): readonly string[] => {
  const path = (name: (typeof FIELDS)[number]): string => env[name].replace(/^!/, '');
  return WRITTEN.flatMap((written) =>
    FIELDS.filter(
      (other) =>
        other !== written &&
        (path(other) === path(written) ||
          path(written).startsWith(`${path(other)}.`) ||
          path(other).startsWith(`${path(written)}.`)),
    ).map((other) => `${written} overlaps ${other}: a reset would write one into the other`),
  );
};
