/**
 * What api and worker read both and must read alike. No keys: those that differ show themselves with the first link. A worker
 * may go without the collection of sessions.
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

/** Those of an environment, to be compared with those of the other app. */
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
