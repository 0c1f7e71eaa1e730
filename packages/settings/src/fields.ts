import { base64Key, choice, duration, field, LOG_LEVELS, type Mode, port, text } from '@latchkey/runtime';
import { metricsToken } from './metrics-token.ts';
import { mongoUrl, redisUrl } from './urls.ts';

/** The engines that every app needs, and the key that turns addresses into identifiers. */
export const engineFields = () => ({
  MONGODB_URI: mongoUrl(),
  REDIS_URL: redisUrl(),
  // The braces keep all keys in one hash slot, which a Redis Cluster needs. A cluster is not supported yet, but a later change
  // of the prefix would leave the waiting jobs behind.
  QUEUE_PREFIX: text('the prefix of queue keys, such as {latchkey}').prefault('{latchkey}'),
  IDENTIFIER_HMAC_KEY: base64Key(32),
});

/** Where a process listens, how it logs, and how long its stop may take. */
export const processFields = ({
  mode = 'production',
  ...defaults
}: {
  port: number;
  metricsPort: number;
  mode?: Mode;
}) => ({
  HOST: text('a host name or address to listen on').prefault('127.0.0.1'),
  PORT: port().prefault(String(defaults.port)),
  METRICS_HOST: text('a host name or address to listen on').prefault('127.0.0.1'),
  METRICS_PORT: port().prefault(String(defaults.metricsPort)),
  METRICS_TOKEN: metricsToken(mode).optional(),
  LOG_LEVEL: choice(LOG_LEVELS).prefault('info'),
  SHUTDOWN_TIMEOUT: duration({ minMs: 100, maxMs: 3_600_000 }).prefault('25s'),
});

/** Mails may take minutes when a relay is busy or a mailbox delays unknown senders. */
const SHORT_LINK_MS = 5 * 60_000;
/** A look-up and a mail take longer than this under load. */
const SHORT_JITTER_MS = 1_000;

/** Times of the flow; both apps must have the same. */
export const flowFields = () => ({
  RESET_LINK_TTL: duration({
    minMs: 1000,
    maxMs: 86_400_000,
    note: '1s to 24h',
    advise: (ms) =>
      ms < SHORT_LINK_MS ? 'is below 5m: many links end before their mail arrives' : undefined,
  }).prefault('30m'),
  MAIL_JITTER: duration({
    maxMs: 600_000,
    note: 'up to 10m, 0s is off',
    advise: (ms) =>
      ms < SHORT_JITTER_MS
        ? 'is below 1s: by the arrival of their own mail, users can learn whether an address they asked for before has an account'
        : undefined,
  }).prefault('3s'),
  RETENTION: duration({ minMs: 1000 }).prefault('30d'),
});

/** A field of a document, or a dotted path to one. A name with `$` would work as an operator. */
const fieldPath = (note = 'a field name such as email or profile.email') =>
  field(note, (value) => (/^[^.$\s\0]+(\.[^.$\s\0]+)*$/.test(value) ? value : undefined));

const collectionName = (note = 'a collection name') =>
  field(note, (value) => (/^(?!system\.|latchkey_)[^$\s\0]+$/.test(value) ? value : undefined));

/**
 * Names in the host application's database. SESSIONS_COLLECTION has no default in production, because a wrong guess would leave
 * an intruder logged in after a reset.
 */
export const hostFields = (mode: Mode) => {
  const sessionsCollection = collectionName('the collection of sessions, or none');

  return {
    USERS_COLLECTION: collectionName().prefault('users'),
    USERS_EMAIL_FIELD: fieldPath().prefault('email'),
    USERS_PASSWORD_FIELD: fieldPath().prefault('passwordHash'),
    USERS_ACTIVE_FIELD: fieldPath('a field name, !field to invert it, or none').prefault('none'),
    USERS_LOCALE_FIELD: fieldPath().prefault('locale'),
    USERS_NAME_FIELD: fieldPath().prefault('name'),
    USERS_CREDENTIALS_CHANGED_AT_FIELD: fieldPath().prefault('credentialsChangedAt'),
    SESSIONS_COLLECTION: mode === 'production' ? sessionsCollection : sessionsCollection.prefault('sessions'),
    SESSIONS_USER_FIELD: fieldPath('the field of a session that holds the id of its user').prefault('userId'),
  };
};
