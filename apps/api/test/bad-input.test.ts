import { REQUEST, RESET, requestBody } from '@latchkey/test-kit/graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

describe('an address that no mail could reach', () => {
  it.each([
    ['10,000 characters', `${'a'.repeat(10_000)}@example.com`],
    ['a NUL', 'bob\u0000@example.com'],
    ['a lone surrogate', 'bob\ud800@example.com'],
    ['a line break', 'bob@example.com\r\nBcc: eve@example.com'],
    ['a list', 'bob@example.com, eve@example.com'],
    ['nothing', ''],
    ['blanks', '   '],
  ])('is INVALID_EMAIL before any limit is asked: %s', async (_name, email) => {
    const { data } = await api.run(REQUEST, { input: { email } });

    expect(data?.['requestPasswordReset']).toMatchObject({ code: 'INVALID_EMAIL' });
    expect(api.limitCalls).toEqual([]);
    expect(api.rows().requests.size).toBe(0);
  });
});

describe('a token that cannot be one', () => {
  it.each(['', ' ', 'a'.repeat(10_000), '\u0000', '\ud800', '{"$gt":""}', '../../etc/passwd', '’ OR 1=1'])(
    'is INVALID_TOKEN like any other: %j',
    async (token) => {
      const { data } = await api.run(RESET, { input: { token, newPassword: 'correct horse battery' } });

      expect(data?.['resetPassword']).toEqual({
        __typename: 'InvalidTokenError',
        code: 'INVALID_TOKEN',
        message: 'The link is not valid. It may have expired or been used; ask for a new one.',
      });
    },
  );
});

describe('a Host header that is none', () => {
  it.each(['a b', '[', 'localhost:999999', 'x@y', 'a/b', 'a?b'])(
    'is 400 without a word, and shows no stack trace: %j',
    async (host) => {
      const answer = await api.post({ query: '{ __typename }' }, { host });

      expect(answer).toMatchObject({ status: 400, text: '' });
      expect(answer.headers['cache-control']).toBe('no-store');
    },
  );

  it.each(['api.example.com', 'localhost:4000', '[::1]:4000', '10.0.0.1'])(
    'is fine when it is one: %s',
    async (host) => {
      expect(await api.post({ query: '{ __typename }' }, { host })).toMatchObject({ status: 200 });
    },
  );
});

describe('JSON made to hurt', () => {
  it.each([
    [
      'nested lists',
      `{"query":${JSON.stringify(REQUEST)},"variables":{"input":{"email":${'['.repeat(7000)}${']'.repeat(7000)}}}}`,
    ],
    [
      'nested objects',
      `{"query":${JSON.stringify(REQUEST)},"variables":{"input":{"email":${'{"a":'.repeat(2500)}1${'}'.repeat(2500)}}}}`,
    ],
    [
      'a prototype as a variable',
      `{"query":${JSON.stringify(REQUEST)},"variables":{"__proto__":{"input":{"email":"a@a.test"}}}}`,
    ],
    ['a prototype beside the query', '{"query":"{__typename}","__proto__":{"variables":{}}}'],
    [
      'a prototype as input',
      `{"query":${JSON.stringify(RESET)},"variables":{"input":{"__proto__":{"token":"x","newPassword":"y"}}}}`,
    ],
  ])('is 400 like any other bad body: %s', async (_name, body) => {
    const { status, text } = await api.post(body);

    expect(status).toBe(400);
    expect(text).toMatch(/BAD_REQUEST|BAD_USER_INPUT/);
  });
});

describe('what a client says about itself', () => {
  it('is stored only as far as it is well-formed', async () => {
    await api.run(
      REQUEST,
      { input: { email: 'bob@example.com', locale: 'de-AT' } },
      {
        'user-agent': 'x'.repeat(1000),
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    );
    await api.run(REQUEST, { input: { email: 'eve@example.com', locale: '../de' } }, { traceparent: 'evil' });
    const [good, bad] = [...api.rows().requests.values()];

    expect(good).toMatchObject({
      locale: 'de-AT',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    expect(good?.userAgent).toHaveLength(256);
    expect(bad).toMatchObject({ locale: null, traceparent: null });
    expect(JSON.stringify([good?.network, bad?.network])).not.toContain('127.0.0.1');
  });
});

describe('bytes that are not UTF-8', () => {
  let own: TestApi;
  beforeEach(async () => {
    own = await startTestApi();
  });
  afterEach(() => own.close());

  const latin1 = (body: unknown) => Buffer.from(JSON.stringify(body), 'latin1');
  const lengths: [string, Record<string, string>][] = [
    ['announced', {}],
    ['not announced', { 'transfer-encoding': 'chunked' }],
  ];

  // A lenient decoder turns each such byte into U+FFFD. No user can type that password, and many passwords become the same.
  it.each(lengths)('are BAD_REQUEST, not another password or address: length %s', async (_name, extra) => {
    const headers = { 'content-type': 'application/json', ...extra };
    const input = { token: 'x', newPassword: 'contrase\u00f1a larga' };
    const answers = [
      await own.send('POST', latin1({ query: RESET, variables: { input } }), headers),
      await own.send('POST', latin1(requestBody({ email: 'j\u00f6rg@example.com' })), headers),
    ];

    for (const { status, text } of answers) {
      expect(status).toBe(400);
      expect(text).toContain('"BAD_REQUEST"');
    }
    expect(own.limitCalls).toEqual([]);
  });

  it.each(lengths)('are not taken for a well-formed U+FFFD: length %s', async (_name, extra) => {
    const body = JSON.stringify(requestBody({ email: '\ufffd\u00f6@example.com' }));
    const { status, text } = await own.send('POST', body, { 'content-type': 'application/json', ...extra });

    expect([status, text]).toEqual([200, expect.stringContaining('PasswordResetRequested')]);
  });
});
