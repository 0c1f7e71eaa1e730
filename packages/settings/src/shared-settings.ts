/**
 * Settings that api and worker both read and must have alike. Secret keys are not among them, because different keys show at
 * the first link. A worker may run without SESSIONS_COLLECTION.
 */
const SHARED = [
  'RESET_LINK_TTL',
  'RETENTION',
  'QUEUE_PREFIX',
  'USERS_COLLECTION',
  'USERS_EMAIL_FIELD',
  'USERS_PASSWORD_FIELD',
  'USERS_ACTIVE_FIELD',
  'USERS_LOCALE_FIELD',
  'USERS_NAME_FIELD',
  'USERS_CREDENTIALS_CHANGED_AT_FIELD',
  'SESSIONS_COLLECTION',
  'SESSIONS_USER_FIELD',
] as const;

type SharedEnv = { readonly [name in (typeof SHARED)[number]]?: string | number | undefined };
type SharedSettings = Readonly<Record<string, string | number>>;

/** The shared settings of an environment, for the comparison with those of the other app. */
export const sharedSettings = (env: SharedEnv): SharedSettings => {
  const hasSessions = env.SESSIONS_COLLECTION !== undefined && env.SESSIONS_COLLECTION !== 'none';
  const names = SHARED.filter((name) => name !== 'SESSIONS_USER_FIELD' || hasSessions);

  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
};
