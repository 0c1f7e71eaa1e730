import {
  allRules,
  choice,
  integer,
  limit,
  list,
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
  overlappingFields,
  processFields,
} from '@latchkey/settings';
import { z } from 'zod';
import { type Cidr, parseCidr } from './client/cidr.ts';

const schemaFor = (mode: Mode) =>
  z.object({
    ...engineFields(),
    ...processFields({ port: 4000, metricsPort: 9464, mode }),
    ...flowFields(),
    ...hostFields(mode),
    CORS_ORIGINS: list(
      'a comma-separated list of origins such as https://app.example.com',
      parseOrigin,
    ).prefault(''),
    TRUSTED_PROXIES: list('a comma-separated list of CIDRs such as 10.0.0.0/8', parseCidr).prefault(''),
    LIMIT_REQUEST_PER_NETWORK: limit({
      whenOff: 'is off: one network may ask for as many accounts, and so for as many mails, as it likes',
    }).prefault('10/1h'),
    LIMIT_REQUEST_PER_ACCOUNT: limit({
      whenOff: 'is off: strangers can have mail after mail sent to one account',
    }).prefault('3/1h'),
    LIMIT_REDEEM_PER_NETWORK: limit({
      whenOff: 'is off: one network may try tokens without end',
    }).prefault('30/1h'),
    NETWORK_STORAGE: choice(['hmac', 'truncated']).prefault('hmac'),
    BCRYPT_COST: integer({ min: mode === 'production' ? 10 : 4, max: 15 }).prefault('12'),
    PASSWORD_MIN_LENGTH: integer({ min: 8, max: 64 }).prefault('8'),
    PASSWORD_NORMALIZATION: choice(['none', 'nfc', 'nfkc']).prefault('none'),
  });

/** What the API reads from its environment; other apps' variables do not concern it. */
export type ApiEnv = ReturnType<typeof parseApiEnv>;

/** @throws ConfigError with every problem at once. */
export const parseApiEnv = (env: RawEnv) => {
  const mode = modeOf(env);
  const rules = allRules(overlappingFields, guardedMetrics(mode), narrowProxies(mode));

  return { ...parseEnv(schemaFor(mode), env, rules), mode };
};

/** An origin exactly as browsers send it: scheme, host and port, no path, never `*`. */
const parseOrigin = (entry: string): string | undefined =>
  URL.canParse(entry) && /^https?:$/.test(new URL(entry).protocol) && new URL(entry).origin === entry
    ? entry
    : undefined;

/** 10.0.0.0/8 and fc00::/7 are the widest networks that are nobody else's. */
const WIDEST_PREFIX = { ipv4: 8, ipv6: 7 } as const;

/** Whoever connects from a trusted range may say who the client is. A range as wide as the internet would let everybody. */
const narrowProxies =
  (mode: Mode): Rule =>
  ({ TRUSTED_PROXIES: ranges }) => {
    const tooWide = ([base, length]: Cidr): boolean => length < WIDEST_PREFIX[base.kind()];
    if (mode !== 'production' || !Array.isArray(ranges) || !ranges.some(tooWide)) return [];

    return [
      'TRUSTED_PROXIES holds a range wider than /8 (IPv6: /7), in which strangers live, too: they could write any address ' +
        'into X-Forwarded-For; name your proxies',
    ];
  };
