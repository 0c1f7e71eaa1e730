import { randomBytes } from 'node:crypto';

/** The addresses of the engines and pages, and variables to add or replace. */
export interface DevEnvironmentInput {
  readonly mongodbUri: string;
  readonly redisUrl: string;
  readonly smtpUrl: string;
  /** Base of the links in mails. Its origin may call the api. */
  readonly publicWebUrl: string;
  /** Variables that are added to the defaults or replace them, for both apps or for one. */
  readonly both?: Readonly<Record<string, string>>;
  readonly api?: Readonly<Record<string, string>>;
  readonly worker?: Readonly<Record<string, string>>;
}

/** The environment of each app without ports. Each contains only the variables of that app. */
export interface DevEnvironment {
  readonly api: Readonly<Record<string, string>>;
  readonly worker: Readonly<Record<string, string>>;
}

/** The collections and fields of the host app. */
const USERS = {
  USERS_COLLECTION: 'users',
  USERS_EMAIL_FIELD: 'email',
  USERS_PASSWORD_FIELD: 'passwordHash',
  USERS_ACTIVE_FIELD: '!disabled',
  USERS_LOCALE_FIELD: 'locale',
  USERS_NAME_FIELD: 'name',
  USERS_CREDENTIALS_CHANGED_AT_FIELD: 'credentialsChangedAt',
};
/** Both apps end sessions: the api during the reset, the worker later if the api could not. */
const SESSIONS = { SESSIONS_COLLECTION: 'sessions', SESSIONS_USER_FIELD: 'userId' };

/**
 * Makes a development configuration with new keys. The apps never make keys. The keys are generated once here and given to both
 * apps, so that a restarted worker can still send the links that an earlier worker made.
 */
export const devEnvironment = (input: DevEnvironmentInput): DevEnvironment => {
  const both = {
    NODE_ENV: 'development',
    LOG_LEVEL: 'info',
    MONGODB_URI: input.mongodbUri,
    REDIS_URL: input.redisUrl,
    IDENTIFIER_HMAC_KEY: randomBytes(32).toString('base64'),
    SHUTDOWN_TIMEOUT: '10s',
    ...USERS,
    ...SESSIONS,
  };

  return {
    api: {
      ...both,
      CORS_ORIGINS: new URL(input.publicWebUrl).origin,
      BCRYPT_COST: '10',
      // Short, so that a mail arrives soon. It only has to mix the mails of several requests.
      MAIL_JITTER: '1s',
      ...input.both,
      ...input.api,
    },
    worker: {
      ...both,
      SMTP_URL: input.smtpUrl,
      MAIL_FROM: '"Acme" <no-reply@acme.test>',
      PUBLIC_WEB_URL: input.publicWebUrl,
      RESET_TOKEN_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      ...input.both,
      ...input.worker,
    },
  };
};
