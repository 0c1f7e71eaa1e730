import type { TokenKey } from '@latchkey/password-reset';
import {
  allRules,
  decodeKey,
  duration,
  field,
  integer,
  type Mode,
  modeOf,
  parseEnv,
  type RawEnv,
  type Rule,
} from '@latchkey/runtime';
import {
  engineFields,
  flowFields,
  guardedMetrics,
  hostFields,
  mailFrom,
  overlappingFields,
  processFields,
  smtpUrls,
  webUrl,
} from '@latchkey/settings';
import { z } from 'zod';

const KEY_BYTES = 32;

/** Parses `kid:base64`; undefined for anything else. */
const parseTokenKey = (entry: string): TokenKey | undefined => {
  const [, kid, encoded] = /^([A-Za-z0-9_.-]{1,32}):(.+)$/.exec(entry) ?? [];
  const key = encoded === undefined ? undefined : decodeKey(encoded, KEY_BYTES);
  return kid !== undefined && key !== undefined ? { kid, key } : undefined;
};

const tokenKeys = () =>
  field<readonly TokenKey[]>(
    'kid:base64 pairs, comma-separated, 32 random bytes each, every kid once; the first signs',
    (value) => {
      const keys = value.split(',').map((entry) => parseTokenKey(entry.trim()));
      const usable = keys.filter((key) => key !== undefined);
      const kids = new Set(usable.map(({ kid }) => kid));
      return usable.length === keys.length && kids.size === keys.length ? usable : undefined;
    },
  );

/** The settings that the worker reads from its environment. The API draws the jitter, so MAIL_JITTER is not among them. */
const schemaFor = (env: RawEnv) => {
  const mode = modeOf(env);
  const { RESET_LINK_TTL, RETENTION } = flowFields();
  const { SESSIONS_COLLECTION, ...host } = hostFields(mode);

  return z.object({
    ...engineFields(),
    ...processFields({ port: 4001, metricsPort: 9465, mode }),
    SMTP_URL: smtpUrls(),
    SMTP_CONNECTIONS: integer({ min: 1, max: 100 }).prefault('5'),
    MAIL_FROM: mailFrom(),
    PUBLIC_WEB_URL: webUrl({ httpsOnly: mode === 'production' }),
    RESET_TOKEN_KEYS: tokenKeys(),
    RESET_LINK_TTL,
    // The minimum is above the longest MAIL_JITTER, because a request must not expire while its jitter passes.
    REQUEST_DEADLINE: duration({
      minMs: mode === 'production' ? 900_000 : 1_000,
      maxMs: 7 * 86_400_000,
      note: mode === 'production' ? '15m to 7d' : '1s to 7d',
    }).prefault('1h'),
    RETENTION,
    RECONCILE_AFTER: duration({ minMs: 100, maxMs: 60_000, note: 'up to 60s' }).prefault('15s'),
    ...host,
    // The worker ends the sessions that a reset left open. It is optional, because the API ends nearly all of them.
    SESSIONS_COLLECTION: SESSIONS_COLLECTION.optional(),
    WORKER_CONCURRENCY: integer({ min: 1, max: 1_000 }).prefault('10'),
  });
};

/** @throws ConfigError that lists every problem. */
export const parseWorkerEnv = (env: RawEnv) => {
  const mode = modeOf(env);
  const rules = allRules(overlappingFields, guardedMetrics(mode), ownTokenKeys(mode));

  return { ...parseEnv(schemaFor(env), env, rules), mode };
};

/** The API holds IDENTIFIER_HMAC_KEY. If it were a token key too, an attacker who controls the API could make links. */
const ownTokenKeys =
  (mode: Mode): Rule =>
  ({ RESET_TOKEN_KEYS: keys, IDENTIFIER_HMAC_KEY: shared }) => {
    if (mode !== 'production' || !Array.isArray(keys) || !(shared instanceof Uint8Array)) return [];

    return keys.some(({ key }: TokenKey) => Buffer.compare(key, shared) === 0)
      ? ['RESET_TOKEN_KEYS holds IDENTIFIER_HMAC_KEY, which the API also has: create a separate key']
      : [];
  };
