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

  it.each(['0.0.0.0', '::', '10.0.0.5', 'metrics.internal', '127.0.0.1.evil.test'])(
    'opens metrics to other machines (%s) in production only with a token [T-41]',
    (METRICS_HOST) => {
      const open = { ...MINIMAL, METRICS_HOST };

      expect(problemsOf(open)).toEqual([expect.stringMatching(/^METRICS_TOKEN is required/)]);
      expect(problemsOf({ ...open, METRICS_TOKEN: 'fifteen-letters' })).toEqual([
        expect.stringMatching(/^METRICS_TOKEN must be .*16/),
      ]);
      expect(problemsOf({ ...open, METRICS_TOKEN: 'two words in one token' })).toHaveLength(1);
      expect(parseApiEnv({ ...open, METRICS_TOKEN: 'sixteen-letters!' }).METRICS_TOKEN).toBe(
        'sixteen-letters!',
      );
      expect(problemsOf({ ...open, NODE_ENV: 'test' })).toEqual([]);
      expect(parseApiEnv({ ...open, NODE_ENV: 'test', METRICS_TOKEN: 'short' }).METRICS_TOKEN).toBe('short');
    },
  );

  it.each(['127.0.0.1', 'localhost', '::1'])('shows metrics on %s without one', (METRICS_HOST) => {
    expect(problemsOf({ ...MINIMAL, METRICS_HOST })).toEqual([]);
  });

  it.each([
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/8,::ffff:0.0.0.0/96',
    '0.0.0.0/1,128.0.0.0/1',
    '2000::/3',
    '0.0.0.0/7',
  ])(
    'refuses TRUSTED_PROXIES=%s in production: anybody could write any address into X-Forwarded-For [T-08]',
    (TRUSTED_PROXIES) => {
      expect(problemsOf({ ...MINIMAL, TRUSTED_PROXIES })).toEqual([
        expect.stringMatching(/^TRUSTED_PROXIES /),
      ]);
      expect(problemsOf({ ...MINIMAL, TRUSTED_PROXIES, NODE_ENV: 'test' })).toEqual([]);
    },
  );

  it('takes the inner networks of both families for proxies', () => {
    const TRUSTED_PROXIES = '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,127.0.0.0/8,::1,fc00::/7';
    expect(problemsOf({ ...MINIMAL, TRUSTED_PROXIES })).toEqual([]);
  });

  it('warns of each safeguard that is switched off in production', () => {
    const off = {
      LIMIT_REQUEST_PER_NETWORK: 'off',
      LIMIT_REQUEST_PER_ACCOUNT: ' off ',
      LIMIT_REDEEM_PER_NETWORK: 'off',
      MAIL_JITTER: '0s',
      RESET_LINK_TTL: '1s',
      MONGODB_URI: 'mongodb://db.internal/app?tls=true&tlsInsecure=true',
    };

    expect(
      parseApiEnv({ ...MINIMAL, ...off })
        .warnings.map((line) => line.split(' ')[0])
        .sort(),
    ).toEqual(Object.keys(off).sort());
    expect(parseApiEnv({ ...MINIMAL, ...off, NODE_ENV: 'test' }).warnings).toEqual([]);
    const on = { LIMIT_REQUEST_PER_NETWORK: '1000/1s', MAIL_JITTER: '1s', RESET_LINK_TTL: '5m' };
    expect(parseApiEnv({ ...MINIMAL, ...on }).warnings).toEqual([]);
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
