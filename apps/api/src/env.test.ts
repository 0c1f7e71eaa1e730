import { readFile } from 'node:fs/promises';
import { ConfigError } from '@latchkey/runtime';
import { describe, expect, it } from 'vitest';
import { parseApiEnv } from './env.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const MINIMAL = {
  MONGODB_URI: 'mongodb://127.0.0.1:27017/app',
  REDIS_URL: 'redis://127.0.0.1:6379',
  IDENTIFIER_HMAC_KEY: KEY,
  SESSIONS_COLLECTION: 'sessions',
};
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    parseApiEnv(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe("the API's environment", () => {
  it('has the published defaults', () => {
    expect(parseApiEnv(MINIMAL)).toMatchObject({
      mode: 'production',
      HOST: '127.0.0.1',
      PORT: 4000,
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: 9464,
      CORS_ORIGINS: [],
      TRUSTED_PROXIES: [],
      RESET_LINK_TTL: 1_800_000,
      MAIL_JITTER: 3000,
      RETENTION: 30 * 86_400_000,
      LIMIT_REQUEST_PER_NETWORK: { points: 10, durationMs: 3_600_000 },
      LIMIT_REQUEST_PER_ACCOUNT: { points: 3, durationMs: 3_600_000 },
      LIMIT_REDEEM_PER_NETWORK: { points: 30, durationMs: 3_600_000 },
      NETWORK_STORAGE: 'hmac',
      BCRYPT_COST: 12,
      PASSWORD_MIN_LENGTH: 8,
      PASSWORD_NORMALIZATION: 'none',
      QUEUE_PREFIX: '{latchkey}',
      SHUTDOWN_TIMEOUT: 25_000,
      LOG_LEVEL: 'info',
      warnings: [],
    });
  });

  it('needs every engine, key and the sessions in production, all named at once', () => {
    expect(problemsOf({}).map((line) => line.split(' ')[0])).toEqual([
      'IDENTIFIER_HMAC_KEY',
      'MONGODB_URI',
      'REDIS_URL',
      'SESSIONS_COLLECTION',
    ]);
  });

  it('guesses the sessions in development only', () => {
    const { SESSIONS_COLLECTION: _, ...rest } = MINIMAL;

    expect(parseApiEnv({ ...rest, NODE_ENV: 'development' })).toMatchObject({
      SESSIONS_COLLECTION: 'sessions',
      SESSIONS_USER_FIELD: 'userId',
    });
    expect(problemsOf({ ...rest, NODE_ENV: 'dev' })).toHaveLength(1);
  });

  it('refuses a weak BCRYPT_COST in production', () => {
    expect(problemsOf({ ...MINIMAL, BCRYPT_COST: '9' })).toEqual([
      'BCRYPT_COST must be a whole number from 10 to 15',
    ]);
    expect(parseApiEnv({ ...MINIMAL, NODE_ENV: 'test', BCRYPT_COST: '4' }).BCRYPT_COST).toBe(4);
  });

  it.each([
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://a.test/'],
    ['CORS_ORIGINS', 'https://a.test/path'],
    ['CORS_ORIGINS', 'a.test'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', 'all'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ ...MINIMAL, [name]: value })).toHaveLength(1);
  });

  it('ignores what belongs to other apps', () => {
    expect(
      problemsOf({ ...MINIMAL, SMTP_URL: 'nonsense', RESET_TOKEN_KEYS: 'nonsense', PUBLIC_WEB_URL: 'x' }),
    ).toEqual([]);
  });

  it('is listed in .env.example, every name of it, with the same defaults', async () => {
    const text = await readFile(new URL('../../../.env.example', import.meta.url), 'utf8');
    const listed = Object.fromEntries(
      [...text.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    const { warnings: _warnings, mode: _mode, ...defaults } = parseApiEnv(MINIMAL);

    expect(Object.keys(listed)).toEqual(expect.arrayContaining(Object.keys(defaults)));
    const { CORS_ORIGINS: _example, IDENTIFIER_HMAC_KEY: _secret, MONGODB_URI: _mongo, ...same } = listed;
    expect(parseApiEnv({ ...MINIMAL, ...same })).toMatchObject({ ...defaults, mode: 'production' });
  });
});
