import { randomBytes } from 'node:crypto';

/** Where everything is. */
export interface DevEnvironmentInput {
  readonly mongodbUri: string;
  readonly redisUrl: string;
  readonly smtpUrl: string;
  /** Base of the mailed links; its origin may call the api. */
  readonly publicWebUrl: string;
  /** Added to, or replacing, what is set here, for both applications or for one. */
  readonly both?: Readonly<Record<string, string>>;
  readonly api?: Readonly<Record<string, string>>;
  readonly worker?: Readonly<Record<string, string>>;
}

/** The environment of each application, ports aside: its own rows only. */
export interface DevEnvironment {
  readonly api: Readonly<Record<string, string>>;
  readonly worker: Readonly<Record<string, string>>;
}

/** The host app's collections, as in its own source. */
const USERS = {
  USERS_COLLECTION: 'users',
  USERS_EMAIL_FIELD: 'email',
  USERS_PASSWORD_FIELD: 'passwordHash',
  USERS_ACTIVE_FIELD: '!disabled',
  USERS_LOCALE_FIELD: 'locale',
  USERS_NAME_FIELD: 'name',
  USERS_CREDENTIALS_CHANGED_AT_FIELD: 'credentialsChangedAt',
};
/** Both applications end sessions: the api with the reset, the worker where the api could not. */
const SESSIONS = { SESSIONS_COLLECTION: 'sessions', SESSIONS_USER_FIELD: 'userId' };

/**
 * A development configuration with fresh keys. The applications never make keys: they are generated here, once, and handed
 * to both, so that a restarted worker still knows the links that an earlier one sent.
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
      // Short, so that nobody waits; it only has to hide one mail behind another.
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
