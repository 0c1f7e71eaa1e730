import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { ConfigError } from '@latchkey/runtime';
import { describe, expect, it } from 'vitest';
import { parseWorkerEnv } from './env.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const other = Buffer.alloc(32, 8).toString('base64');
const EXAMPLE = fileURLToPath(new URL('../../../.env.example', import.meta.url));
const COMPOSE = fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url));
/** The variables that the compose file sets itself: its own engines, and values that a container needs. */
const COMPOSE_DECIDES = [
  'NODE_ENV',
  'MONGODB_URI',
  'REDIS_URL',
  'SMTP_URL',
  'HOST',
  'SHUTDOWN_TIMEOUT',
  'MONGO_BACKEND',
];
const production = {
  MONGODB_URI: 'mongodb://127.0.0.1/app',
  REDIS_URL: 'redis://127.0.0.1',
  SMTP_URL: 'smtp://127.0.0.1:25',
  MAIL_FROM: '"Acme" <no-reply@acme.test>',
  PUBLIC_WEB_URL: 'https://acme.test',
  RESET_TOKEN_KEYS: `k1:${key}`,
  IDENTIFIER_HMAC_KEY: other,
};

const problems = (env: Record<string, string>): readonly string[] => {
  try {
    parseWorkerEnv(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('worker environment', () => {
  it('needs no more than the engines, the sender, the link base and the keys', () => {
    expect(parseWorkerEnv(production)).toMatchObject({
      mode: 'production',
      PORT: 4001,
      METRICS_PORT: 9465,
      QUEUE_PREFIX: '{latchkey}',
      REQUEST_DEADLINE: 3_600_000,
      RECONCILE_AFTER: 15_000,
      WORKER_CONCURRENCY: 10,
      SMTP_CONNECTIONS: 5,
      warnings: [],
    });
  });

  it('takes the sessions that it is given, and in production does without', () => {
    expect(parseWorkerEnv(production).SESSIONS_COLLECTION).toBeUndefined();
    expect(parseWorkerEnv({ ...production, NODE_ENV: 'test' }).SESSIONS_COLLECTION).toBe('sessions');
    const given = { ...production, SESSIONS_COLLECTION: 'logins', SESSIONS_USER_FIELD: 'user.id' };
    expect(parseWorkerEnv(given)).toMatchObject({
      SESSIONS_COLLECTION: 'logins',
      SESSIONS_USER_FIELD: 'user.id',
    });
    expect(problems({ ...given, SESSIONS_COLLECTION: '$x' })).toHaveLength(1);
  });

  it('takes .env.example as it is once the keys are filled in, whether Node or a shell reads it', () => {
    const filledIn: Record<string, string | undefined> = {
      ...parseEnv(readFileSync(EXAMPLE, 'utf8')),
      IDENTIFIER_HMAC_KEY: other,
      RESET_TOKEN_KEYS: `k1:${key}`,
    };
    const byShell = execFileSync('sh', ['-c', 'set -a; . "$0"; printf %s "$MAIL_FROM"', EXAMPLE], {
      encoding: 'utf8',
    });

    expect(filledIn['MAIL_FROM']).toBe('"Acme" <no-reply@example.com>');
    expect(byShell).toBe(filledIn['MAIL_FROM']);
    // The example lists every other variable with its default.
    const named = [...Object.keys(production), 'SESSIONS_COLLECTION'];
    const required = Object.fromEntries(named.map((name) => [name, filledIn[name]]));
    expect(parseWorkerEnv(filledIn)).toEqual(parseWorkerEnv(required));
  });

  it('is handed on by docker compose, whatever .env sets, but for what the compose file decides itself', () => {
    const compose = readFileSync(COMPOSE, 'utf8');
    const set = Object.keys(parseEnv(readFileSync(EXAMPLE, 'utf8')));

    expect(set.filter((name) => !compose.includes(`  ${name}: \${${name}:`)).sort()).toEqual(
      COMPOSE_DECIDES.toSorted(),
    );
  });

  it.each(['api', 'worker'])('leaves metrics on loopback in the image of the %s', (app) => {
    const image = readFileSync(new URL(`../../${app}/Dockerfile`, import.meta.url), 'utf8');

    expect(image).toContain('HOST=0.0.0.0');
    expect(image).not.toContain('METRICS_');
  });

  it('reads keys in order: the first signs', () => {
    const { RESET_TOKEN_KEYS } = parseWorkerEnv({ ...production, RESET_TOKEN_KEYS: `b:${key}, a:${key}` });

    expect(RESET_TOKEN_KEYS.map(({ kid }) => kid)).toEqual(['b', 'a']);
  });

  it.each([
    ['a kid twice', `k1:${key},k1:${key}`],
    ['a short key', 'k1:c2hvcnQ='],
    ['no kid', key],
    ['a trailing comma', `k1:${key},`],
  ])('refuses keys with %s, without repeating them', (_what, value) => {
    const found = problems({ ...production, RESET_TOKEN_KEYS: value });

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^RESET_TOKEN_KEYS /);
    expect(found[0]).not.toContain(key);
  });

  it.each([
    'smtp://hunter2@relay.test',
    'smtp://relay.test/hunter2',
    'smtp://user:hunter2@relay.test?debug=true',
    'smtp://127.0.0.1:25,smtps://user:hunter2%zz@relay.test',
  ])('refuses a relay it could not use together with everything else that is wrong: %s', (url) => {
    const found = problems({ ...production, SMTP_URL: url, MAIL_FROM: 'nobody' });

    expect(found.map((line) => line.split(' ')[0])).toEqual(['MAIL_FROM', 'SMTP_URL']);
    expect(found.join()).not.toContain('hunter2');
  });

  it('wants https for links in production only', () => {
    expect(problems({ ...production, PUBLIC_WEB_URL: 'http://acme.test' })).toHaveLength(1);
    expect(problems({ ...production, NODE_ENV: 'test', PUBLIC_WEB_URL: 'http://acme.test' })).toEqual([]);
  });

  it('wants a deadline for requests that is longer than any jitter', () => {
    expect(problems({ ...production, REQUEST_DEADLINE: '5m' })).toEqual([
      expect.stringContaining('REQUEST_DEADLINE'),
    ]);
    expect(problems({ ...production, NODE_ENV: 'test', REQUEST_DEADLINE: '5s' })).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '10.0.0.5', 'metrics.internal', '127.0.0.1.evil.test'])(
    'opens metrics to other machines (%s) in production only with a token [T-41]',
    (METRICS_HOST) => {
      const open = { ...production, METRICS_HOST };

      expect(problems(open)).toEqual([expect.stringMatching(/^METRICS_TOKEN is required/)]);
      expect(problems({ ...open, METRICS_TOKEN: 'fifteen-letters' })).toEqual([
        expect.stringMatching(/^METRICS_TOKEN must be .*16/),
      ]);
      expect(problems({ ...open, METRICS_TOKEN: 'two words in one token' })).toHaveLength(1);
      expect(parseWorkerEnv({ ...open, METRICS_TOKEN: 'sixteen-letters!' }).METRICS_TOKEN).toBe(
        'sixteen-letters!',
      );
      expect(problems({ ...open, NODE_ENV: 'test' })).toEqual([]);
      expect(parseWorkerEnv({ ...open, NODE_ENV: 'test', METRICS_TOKEN: 'short' }).METRICS_TOKEN).toBe(
        'short',
      );
    },
  );

  it.each(['127.0.0.1', 'localhost', '::1'])('shows metrics on %s without one', (METRICS_HOST) => {
    expect(problems({ ...production, METRICS_HOST })).toEqual([]);
  });

  it('refuses in production a token key that is the key that the API has, without repeating it [T-12]', () => {
    const shared = { ...production, RESET_TOKEN_KEYS: `k2:${key},k1:${other}` };

    expect(problems({ ...shared, MAIL_FROM: 'nobody' })).toEqual([
      expect.stringMatching(/^MAIL_FROM /),
      expect.stringMatching(/^RESET_TOKEN_KEYS holds IDENTIFIER_HMAC_KEY/),
    ]);
    expect(problems(shared).join()).not.toContain(other);
    expect(problems({ ...shared, NODE_ENV: 'test' })).toEqual([]);
  });

  it('warns of links that end before their mail may have arrived', () => {
    expect(parseWorkerEnv({ ...production, RESET_LINK_TTL: '299s' }).warnings).toEqual([
      expect.stringMatching(/^RESET_LINK_TTL /),
    ]);
    expect(parseWorkerEnv({ ...production, RESET_LINK_TTL: '5m' }).warnings).toEqual([]);
  });
});
