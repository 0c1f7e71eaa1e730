/** What api and worker read both and must read alike. No keys: those that differ show themselves with the first link. */
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
] as const;

type SharedEnv = Readonly<Record<(typeof SHARED)[number], string | number>>;

/** Those of an environment, to be compared with those of the other app. */
export const sharedSettings = (env: SharedEnv): SharedEnv =>
  Object.fromEntries(SHARED.map((name) => [name, env[name]])) as SharedEnv;
