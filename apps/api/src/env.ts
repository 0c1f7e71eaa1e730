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
      whenOff: 'is off: one network can request links, and so mails, for any number of accounts',
    }).prefault('10/1h'),
    LIMIT_REQUEST_PER_ACCOUNT: limit({
      whenOff: 'is off: a stranger can make Latchkey send any number of mails to one account',
    }).prefault('3/1h'),
    LIMIT_REDEEM_PER_NETWORK: limit({
      whenOff: 'is off: one network can try any number of tokens',
    }).prefault('30/1h'),
    NETWORK_STORAGE: choice(['hmac', 'truncated']).prefault('hmac'),
    BCRYPT_COST: integer({ min: mode === 'production' ? 10 : 4, max: 15 }).prefault('12'),
    PASSWORD_MIN_LENGTH: integer({ min: 8, max: 64 }).prefault('8'),
    PASSWORD_NORMALIZATION: choice(['none', 'nfc', 'nfkc']).prefault('none'),
  });

/** The settings that the API reads from its environment. It ignores the variables of other apps. */
export type ApiEnv = ReturnType<typeof parseApiEnv>;

/** @throws ConfigError that lists every problem. */
export const parseApiEnv = (env: RawEnv) => {
  const mode = modeOf(env);
  const rules = allRules(overlappingFields, guardedMetrics(mode), narrowProxies(mode));

  return { ...parseEnv(schemaFor(mode), env, rules), mode };
};

/** Accepts an origin exactly as browsers send it: scheme, host and port, no path, never `*`. */
const parseOrigin = (entry: string): string | undefined =>
  URL.canParse(entry) && /^https?:$/.test(new URL(entry).protocol) && new URL(entry).origin === entry
    ? entry
    : undefined;

/** The widest private networks are 10.0.0.0/8 and fc00::/7. */
const WIDEST_PREFIX = { ipv4: 8, ipv6: 7 } as const;

/**
 * A connection from a trusted range may name the client's address in X-Forwarded-For. A range with public addresses in it would
 * allow that to strangers.
 */
const narrowProxies =
  (mode: Mode): Rule =>
  ({ TRUSTED_PROXIES: ranges }) => {
    const tooWide = ([base, length]: Cidr): boolean => length < WIDEST_PREFIX[base.kind()];
    if (mode !== 'production' || !Array.isArray(ranges) || !ranges.some(tooWide)) return [];

    return [
      'TRUSTED_PROXIES holds a range wider than /8 (IPv6: /7), so it contains addresses of strangers, who could write any ' +
        'address into X-Forwarded-For; name the addresses of your proxies only',
    ];
  };
