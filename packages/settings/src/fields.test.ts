import {
  base64Key,
  ConfigError,
  choice,
  duration,
  integer,
  limit,
  list,
  modeOf,
  parseEnv,
  port,
  type Rule,
  text,
} from '@latchkey/runtime';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hostFields } from './fields.ts';
import { hostCollections } from './host-collections.ts';
import { mongoUrl, redisUrl, smtpUrls, webUrl } from './urls.ts';

const problemsOf = (shape: z.ZodRawShape, env: Record<string, string>): readonly string[] => {
  try {
    parseEnv(z.object(shape), env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('an environment', () => {
  it('lists every problem at once, one line per name', () => {
    const problems = problemsOf(
      { MONGODB_URI: mongoUrl(), PORT: port().prefault('4000'), KEY: base64Key(32), LEVEL: choice(['info']) },
      { PORT: 'http', KEY: 'c2hvcnQ=', LEVEL: 'loud' },
    );

    expect(problems).toEqual([
      'KEY must be 32 random bytes in base64 (openssl rand -base64 32)',
      'LEVEL must be one of info',
      'MONGODB_URI is required: a MongoDB URI: mongodb://host:27017/database or mongodb+srv://…',
      'PORT must be a whole number from 0 to 65535',
    ]);
  });

  it('lists in the same listing what does not go together, as far as it could be read', () => {
    const schema = z.object({ PORT: port(), A: text(), B: text().prefault('same'), C: duration() });
    const rule: Rule = (values) => (values['A'] === values['B'] ? [`A is B: ${Object.keys(values)}`] : []);

    expect(() => parseEnv(schema, { PORT: 'http', A: 'same', C: '1x' }, rule)).toThrow(
      expect.objectContaining({
        problems: [
          'A is B: A,B',
          'C must be a duration such as 5s, 30m, 1h or 30d',
          'PORT must be a whole number from 0 to 65535',
        ],
      }),
    );
    expect(() => parseEnv(schema, { PORT: '1', A: 'same', C: '1s' }, rule)).toThrow(ConfigError);
    expect(parseEnv(schema, { PORT: '1', A: 'other', C: '1s' }, rule)).toMatchObject({
      A: 'other',
      C: 1_000,
    });
  });

  it('never repeats a value', () => {
    const secret = 'hunter2-hunter2';
    const shape = {
      A: mongoUrl(),
      B: redisUrl(),
      C: smtpUrls(),
      D: webUrl({ httpsOnly: true }),
      E: base64Key(32),
      F: duration(),
      G: limit(),
      H: list('numbers', (entry) => (/^\d+$/.test(entry) ? Number(entry) : undefined)),
      I: integer({ min: 1, max: 2 }),
      J: choice(['x']),
    };
    const env = Object.fromEntries(Object.keys(shape).map((name) => [name, `x ${secret}`]));

    const problems = problemsOf(shape, env);

    expect(problems).toHaveLength(Object.keys(shape).length);
    expect(problems.join()).not.toContain(secret);
  });

  it('counts an empty variable as unset', () => {
    expect(parseEnv(z.object({ PORT: port().prefault('4000') }), { PORT: '  ' }).PORT).toBe(4000);
    expect(problemsOf({ NAME: text() }, { NAME: '' })).toEqual(['NAME is required: some text']);
  });

  it('reads only the names of its schema', () => {
    expect(Object.keys(parseEnv(z.object({ A: text() }), { A: '1', B: '2' }))).toEqual(['A', 'warnings']);
  });

  it('is production unless it says exactly development or test', () => {
    expect(
      [undefined, '', 'Development', 'dev', 'staging', 'production'].map((name) =>
        modeOf({ NODE_ENV: name }),
      ),
    ).toEqual(Array(6).fill('production'));
    expect(modeOf({ NODE_ENV: 'test' })).toBe('test');
  });
});

describe('fields', () => {
  it.each([
    ['5s', 5000],
    ['30m', 1_800_000],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
  ])('reads the duration %s', (written, ms) => {
    expect(parseEnv(z.object({ T: duration() }), { T: written }).T).toBe(ms);
  });

  it.each(['5', 's', '-5s', '1.5h', '5 s', '5S', '1h30m', '1e3s'])('refuses the duration %s', (written) => {
    expect(problemsOf({ T: duration() }, { T: written })).toHaveLength(1);
  });

  it('reads limits, and off', () => {
    const schema = z.object({ L: limit() });

    expect(parseEnv(schema, { L: '10/1h' }).L).toEqual({ points: 10, durationMs: 3_600_000 });
    expect(parseEnv(schema, { L: 'off' }).L).toBe('off');
  });

  it.each(['10', '10/', '/1h', '0/1h', '10/0s', '10/1h/2', '10/4000d', 'none'])(
    'refuses the limit %s',
    (written) => {
      expect(problemsOf({ L: limit() }, { L: written })).toHaveLength(1);
    },
  );

  it('refuses a key that only a lenient decoder reads', () => {
    const key = Buffer.alloc(32, 7).toString('base64');

    expect(parseEnv(z.object({ K: base64Key(32) }), { K: key }).K).toEqual(new Uint8Array(32).fill(7));
    expect(problemsOf({ K: base64Key(32) }, { K: `${key.slice(0, 20)}!${key.slice(20)}` })).toHaveLength(1);
  });

  it('drops blanks around list entries', () => {
    expect(parseEnv(z.object({ L: list('letters', (entry) => entry) }), { L: ' a , b,, ' }).L).toEqual([
      'a',
      'b',
    ]);
  });

  it('wants https without query and fragment where links are for production', () => {
    const field = webUrl({ httpsOnly: true });

    expect(parseEnv(z.object({ U: field }), { U: 'https://a.test/app/' }).U).toBe('https://a.test/app');
    for (const wrong of [
      'http://a.test',
      'https://a.test/#x',
      'https://a.test/?',
      'https://u:p@a.test',
      'a.test',
      // A browser's parser takes these, a mail program ends the link there.
      'https://a.test/a b',
      'https://a.test/\nb',
      'https://a.test/<b>',
      'https://a.test/"b',
      'https:a.test',
      'https:\\\\a.test',
      'https:///a.test',
    ]) {
      expect(problemsOf({ U: field }, { U: wrong })).toHaveLength(1);
    }
  });
});

describe('a plain scheme', () => {
  const schema = z.object({
    M: mongoUrl().optional(),
    R: redisUrl().prefault('redis://127.0.0.1'),
    S: smtpUrls().optional(),
  });
  const warnings = (env: Record<string, string>) => parseEnv(schema, env).warnings;

  it('to another machine is warned about by name, without the value', () => {
    const found = warnings({
      M: 'mongodb://user:hunter2@127.0.0.1:1,db.internal:2/x',
      R: 'redis://:hunter2@cache.internal',
      S: 'smtps://ok.test,smtp://relay.internal',
    });

    expect(found.map((line) => line.split(' ')[0])).toEqual(['M', 'R', 'S']);
    expect(found.join()).not.toMatch(/hunter2|internal/);
  });

  it.each([
    { M: 'mongodb://127.0.0.1:27017,localhost:2/x', R: 'redis://[::1]:6379' },
    {
      M: 'mongodb://db.internal/?tls=true',
      R: 'rediss://cache.internal',
      S: 'smtp://r.test?requireTLS=true',
    },
    { M: 'mongodb+srv://cluster.test', S: 'smtp://127.0.0.1:1025' },
    { NODE_ENV: 'development', R: 'redis://redis:6379' },
  ])('is fine on loopback, encrypted, or in development (%#)', (env) => {
    expect(warnings(env as Record<string, string>)).toEqual([]);
  });

  it.each([
    { M: 'mongodb+srv://cluster.test/app?tls=false' },
    { M: 'mongodb+srv://cluster.test/app?retryWrites=true&SSL=false' },
    { M: 'mongodb://db.internal/?TLS=false' },
    { M: 'mongodb://db.internal/?tls=true&tlsInsecure=true' },
    { M: 'mongodb://db.internal/?tls=true&tlsAllowInvalidCertificates=true' },
    { M: 'mongodb+srv://cluster.test/?tlsallowinvalidhostnames=true' },
    { R: 'rediss://cache.internal?tls=' },
  ])(
    'is warned about, too, where an option of the URL switches off TLS or the check of certificates (%#)',
    (env) => {
      const found = warnings(env as Record<string, string>);
      expect(found).toEqual([expect.stringMatching(/^[MR] .*(unencrypted|certificate)/)]);
      expect(found.join()).not.toMatch(/internal|cluster/);
    },
  );

  it.each([
    { M: 'mongodb://127.0.0.1/?tls=true&tlsAllowInvalidHostnames=true' },
    { M: 'mongodb://db.internal/?TLS=true&tlsInsecure=false' },
    { M: 'mongodb+srv://cluster.test/?tls=true', R: 'rediss://cache.internal?db=1' },
  ])('is fine where certificates are checked, or over a tunnel from this machine (%#)', (env) => {
    expect(warnings(env as Record<string, string>)).toEqual([]);
  });

  it('to a host that only looks like loopback is not loopback', () => {
    expect(warnings({ R: 'redis://127.0.0.1.evil.test' })).toHaveLength(1);
  });
});

describe("the host's names", () => {
  const parse = (env: Record<string, string>) => parseEnv(z.object(hostFields('development')), env);

  it('may be paths, inverted, or none', () => {
    const env = parse({
      USERS_EMAIL_FIELD: 'profile.email',
      USERS_ACTIVE_FIELD: '!disabled',
      USERS_NAME_FIELD: 'none',
    });

    expect(hostCollections(env)).toMatchObject({
      users: { emailField: 'profile.email', activeField: '!disabled', nameField: null },
      sessions: { collection: 'sessions', userField: 'userId' },
    });
    expect(hostCollections(parse({ SESSIONS_COLLECTION: 'none' })).sessions).toBeNull();
  });

  it.each([
    ['USERS_EMAIL_FIELD', '$where'],
    ['USERS_EMAIL_FIELD', 'a..b'],
    ['USERS_PASSWORD_FIELD', 'profile.$hash'],
    ['USERS_COLLECTION', 'system.users'],
    ['USERS_COLLECTION', 'latchkey_tokens'],
    ['SESSIONS_USER_FIELD', 'user id'],
  ])('cannot be %s=%s', (name, value) => {
    expect(() => parse({ [name]: value })).toThrow(name);
  });
});
