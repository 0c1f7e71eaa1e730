import {
  choice,
  engineFields,
  flowFields,
  hostFields,
  integer,
  limit,
  list,
  type Mode,
  modeOf,
  overlappingFields,
  parseEnv,
  processFields,
  type RawEnv,
} from '@latchkey/runtime';
import { z } from 'zod';
import { parseCidr } from './client/cidr.ts';

const schemaFor = (mode: Mode) =>
  z.object({
    ...engineFields(),
    ...processFields({ port: 4000, metricsPort: 9464 }),
    ...flowFields(),
    ...hostFields(mode),
    CORS_ORIGINS: list(
      'a comma-separated list of origins such as https://app.example.com',
      parseOrigin,
    ).prefault(''),
    TRUSTED_PROXIES: list('a comma-separated list of CIDRs such as 10.0.0.0/8', parseCidr).prefault(''),
    LIMIT_REQUEST_PER_NETWORK: limit().prefault('10/1h'),
    LIMIT_REQUEST_PER_ACCOUNT: limit().prefault('3/1h'),
    LIMIT_REDEEM_PER_NETWORK: limit().prefault('30/1h'),
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

  return { ...parseEnv(schemaFor(mode), env, overlappingFields), mode };
};

/** An origin exactly as browsers send it: scheme, host and port, no path, never `*`. */
const parseOrigin = (entry: string): string | undefined =>
  URL.canParse(entry) && /^https?:$/.test(new URL(entry).protocol) && new URL(entry).origin === entry
    ? entry
    : undefined;
