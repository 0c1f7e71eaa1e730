import { UnavailableError } from '@latchkey/password-reset';
import { REQUEST, RESET, requestBody, resetBody } from '@latchkey/test-kit/graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const SPEC = { accept: 'application/graphql-response+json' };
const JSON_ONLY = { accept: 'application/json' };
const codesOf = ({ text }: Answer): readonly string[] =>
  ((JSON.parse(text) as { errors?: { extensions: { code: string } }[] }).errors ?? []).map(
    ({ extensions }) => extensions.code,
  );

describe('union members are answered with 200', () => {
  it('when somebody asked', async () => {
    const { status, text } = await api.post(requestBody({ email: 'bob@example.com' }));

    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      data: {
        requestPasswordReset: {
          __typename: 'PasswordResetRequested',
          reference: expect.stringMatching(/^R-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/),
          expiresInSeconds: 1800,
        },
      },
    });
  });

  it('when the address is none', async () => {
    const answer = await api.post(requestBody({ email: 'bob' }));

    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"code":"INVALID_EMAIL"');
  });

  it('when the network is over its limit, with Retry-After equal to retryAfterSeconds', async () => {
    const limited = await startTestApi({ limits: { network: 0, account: 9, redeem: 0 } });
    const asked = await limited.post(requestBody({ email: 'bob@example.com' }));
    const redeemed = await limited.post(resetBody({ token: 'x', newPassword: 'y' }));
    await limited.close();

    for (const { status, headers, text } of [asked, redeemed]) {
      expect(status).toBe(200);
      expect(headers['retry-after']).toBe('60');
      expect(text).toContain('"retryAfterSeconds":60');
      expect(text).toContain('"code":"RATE_LIMITED"');
    }
    expect(limited.rows().requests.size).toBe(0);
  });

  it('when the database is away', async () => {
    const broken = await startTestApi({
      requestPasswordReset: () => Promise.resolve({ outcome: 'unavailable' }),
    });
    const answer = await broken.post(requestBody({ email: 'bob@example.com' }));
    await broken.close();

    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"code":"SERVICE_UNAVAILABLE"');
  });

  it('when a password is rejected, naming every rule', async () => {
    const strict = await startTestApi({
      resetPassword: () => Promise.resolve({ outcome: 'password_rejected', rules: ['TOO_SHORT', 'COMMON'] }),
    });
    const { data } = await strict.run(RESET, { input: { token: 'x', newPassword: 'y' } });
    await strict.close();

    expect(data?.['resetPassword']).toMatchObject({
      code: 'PASSWORD_REJECTED',
      reasons: [{ rule: 'TOO_SHORT' }, { rule: 'COMMON' }],
    });
  });

  it('when the link is not valid', async () => {
    const { data } = await api.run(RESET, { input: { token: 'x', newPassword: 'y' } });

    expect(data?.['resetPassword']).toMatchObject({ __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' });
  });
});

describe('a body that is no request', () => {
  it.each([
    ['bad JSON', '{"query":'],
    ['nothing', ''],
    ['null', 'null'],
    ['a string', '"{__typename}"'],
    ['a batch', '[{"query":"{__typename}"},{"query":"{__typename}"}]'],
    ['an empty batch', '[]'],
    ['no query', '{"variables":{}}'],
    ['a query that is no string', '{"query":{"kind":"Document"}}'],
    ['variables that are a list', '{"query":"{__typename}","variables":[]}'],
    ['variables that are a string', '{"query":"{__typename}","variables":"{}"}'],
    ['a parameter nobody knows', '{"query":"{__typename}","hunter2":1}'],
    ['an unknown operation name', '{"query":"query A {__typename}","operationName":"B"}'],
    ['two operations and no name', '{"query":"query A {__typename} query B {__typename}"}'],
  ])('is 400 BAD_REQUEST: %s', async (_name, body) => {
    for (const accept of [SPEC, JSON_ONLY]) {
      const answer = await api.post(body, accept);

      expect(answer.status).toBe(400);
      expect(codesOf(answer)).toEqual(['BAD_REQUEST']);
      expect(answer.text).not.toContain('hunter2');
    }
  });
});

describe('a document that cannot be run', () => {
  it.each([
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ __schema { types { name } } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { a }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ a: passwordPolicy { minLength } b: passwordPolicy { minLength } }', 'OPERATION_LIMIT'],
  ])('is 400, or 200 for a client that accepts only JSON: %s', async (query, code) => {
    const strict = await api.post({ query }, SPEC);
    const lenient = await api.post({ query }, JSON_ONLY);

    expect([strict.status, ...new Set(codesOf(strict))]).toEqual([400, code]);
    expect([lenient.status, ...new Set(codesOf(lenient))]).toEqual([200, code]);
  });
});

it('a document of more than 200 tokens is refused before it is looked at', async () => {
  const answer = await api.post(
    { query: `{ ${Array.from({ length: 199 }, (_, i) => `a${i}`).join(' ')} }` },
    SPEC,
  );

  expect([answer.status, codesOf(answer)]).toEqual([400, ['OPERATION_LIMIT']]);
});

describe('a value of the wrong type', () => {
  it.each([
    { email: 5 },
    { email: null },
    { email: ['bob@example.com'] },
    { email: { $gt: '' } },
    { email: 'bob@example.com', locale: {} },
    {},
  ])('is 400 BAD_USER_INPUT and writes nothing: %j', async (input) => {
    const before = api.rows().requests.size;
    for (const accept of [SPEC, JSON_ONLY]) {
      const answer = await api.post({ query: REQUEST, variables: { input } }, accept);

      expect([answer.status, codesOf(answer)]).toEqual([400, ['BAD_USER_INPUT']]);
    }
    expect(api.rows().requests.size).toBe(before);
  });

  it('is the same where only execution finds it', async () => {
    const query = `mutation($t: String = "x") { resetPassword(input: { token: $t, newPassword: "hunter2" }) { __typename } }`;
    const answer = await api.post({ query, variables: { t: null } });

    expect([answer.status, codesOf(answer)]).toEqual([400, ['BAD_USER_INPUT']]);
    expect(answer.text).not.toContain('hunter2');
  });
});

describe('other ways in', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is 405', async (method) => {
    const { status, headers } = await api.send(method, undefined);

    expect([status, headers.allow]).toEqual([405, 'POST']);
  });

  it('GET runs no operation, whatever it asks to be answered in [T-22]', async () => {
    for (const accept of ['application/json', 'text/html']) {
      const { status, text } = await api.send(
        'GET',
        undefined,
        { accept },
        '/graphql?query=%7B__typename%7D',
      );

      expect([status, text]).toEqual([405, '']);
    }
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/graphql',
    'application/graphql+json',
    'application/json-patch+json',
    'application/json; charset=utf-16',
    'text/plain, application/json',
    'application/json, text/plain',
  ])('content type %s is 415', async (type) => {
    const { status } = await api.send('POST', '{"query":"{__typename}"}', { 'content-type': type });

    expect(status).toBe(415);
  });

  it('no content type is 415', async () => {
    expect((await api.send('POST', '{"query":"{__typename}"}')).status).toBe(415);
  });

  it.each(['application/json', 'application/json;charset=utf-8', 'Application/JSON; charset=UTF-8'])(
    'content type %s is fine',
    async (type) => {
      expect((await api.send('POST', '{"query":"{__typename}"}', { 'content-type': type })).status).toBe(200);
    },
  );

  it('event streams and multipart answers are not offered', async () => {
    for (const accept of ['text/event-stream', 'multipart/mixed']) {
      expect((await api.post({ query: '{__typename}' }, { accept })).status).toBe(406);
    }
  });

  it.each([
    'application/json;charset=utf-16',
    'application/json; charset="utf-8"',
    'application/json; charset = latin1',
    'text/event-stream, application/json;charset=iso-8859-1',
  ])(
    'an answer wanted in a charset that is not offered is refused before anything runs: %s',
    async (accept) => {
      const before = api.rows().requests.size;
      const answer = await api.post(requestBody({ email: 'bob@example.com' }), { accept });

      expect([answer.status, answer.text]).toEqual([406, '']);
      expect(api.rows().requests.size).toBe(before);
    },
  );

  it.each([
    'application/json; charset=UTF-8',
    'text/event-stream, application/json; q=0.5',
    'text/html, */*',
  ])('an answer is JSON for a client that accepts %s', async (accept) => {
    const { status, headers } = await api.post({ query: '{__typename}' }, { accept });

    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  });

  it('another path is 404, also one that ends like ours', async () => {
    for (const path of ['/', '/x/graphql', '/graphql/', '/health', '/x?a=/graphql']) {
      expect((await api.send('POST', '{}', { 'content-type': 'application/json' }, path)).status).toBe(404);
    }
  });
});

describe('a body that is too large', () => {
  const body = JSON.stringify(requestBody({ email: 'a'.repeat(1_000_000) }));

  it('is 413 by its announced length', async () => {
    expect((await api.post(body)).status).toBe(413);
  });

  it('is 413 when no length is announced', async () => {
    expect((await api.post(body, { 'transfer-encoding': 'chunked' })).status).toBe(413);
  });

  it('is one byte above 16 KiB', async () => {
    const padded = (size: number) => {
      const start = '{"query":"{__typename}"';
      return `${start}${' '.repeat(size - start.length - 1)}}`;
    };

    for (const headers of [{}, { 'transfer-encoding': 'chunked' }] as Record<string, string>[]) {
      expect((await api.post(padded(16 * 1024), headers)).status).toBe(200);
      expect((await api.post(padded(16 * 1024 + 1), headers)).status).toBe(413);
    }
  });
});

describe('something unexpected', () => {
  it('is 500 with an errorId that the log line carries, and no detail', async () => {
    const broken = await startTestApi({
      requestPasswordReset: () => Promise.reject(new TypeError('secret detail')),
    });
    const answer = await broken.post(requestBody({ email: 'bob@example.com' }), JSON_ONLY);
    await broken.close();
    const { errors } = JSON.parse(answer.text) as {
      errors: { message: string; extensions: { errorId: string } }[];
    };

    expect([answer.status, codesOf(answer)]).toEqual([500, ['INTERNAL_SERVER_ERROR']]);
    expect(errors).toHaveLength(1);
    expect(answer.text).not.toMatch(/secret detail|TypeError|\bat /);
    const logged = broken
      .log()
      .split('\n')
      .filter((line) => line.includes(errors[0]?.extensions.errorId ?? '-'));
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('secret detail');
  });

  it('is 503 where a query cannot tell without the database', async () => {
    const broken = await startTestApi({ checkToken: () => Promise.reject(new UnavailableError('gone')) });
    const answer = await broken.post({ query: '{ passwordResetToken(token: "x") }' });
    await broken.close();

    expect([answer.status, codesOf(answer)]).toEqual([503, ['SERVICE_UNAVAILABLE']]);
  });
});

it('no answer may be stored', async () => {
  const answers = await Promise.all([
    api.post({ query: '{__typename}' }),
    api.post('{'),
    api.post('x'.repeat(20_000)),
    api.send('GET', undefined),
    api.send('POST', 'x', { 'content-type': 'text/plain' }),
    api.send('GET', undefined, {}, '/nothing'),
    api.send('GET', undefined, {}, '/health/ready'),
  ]);

  expect(answers.map(({ status }) => status)).toEqual([200, 400, 413, 405, 415, 404, 200]);
  for (const { headers } of answers) expect(headers['cache-control']).toBe('no-store');
});

it('GraphiQL and introspection exist in development only', async () => {
  const development = await startTestApi({ mode: 'development' });
  const page = await development.send('GET', undefined, { accept: 'text/html' });
  const introspection = await development.post({ query: '{ __schema { queryType { name } } }' });
  const viaGet = await development.send(
    'GET',
    undefined,
    { accept: 'text/html' },
    '/graphql?query=%7B__typename%7D',
  );
  await development.close();

  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html']);
  expect(introspection.text).toContain('"Query"');
  expect([viaGet.status, viaGet.headers['content-type']]).toEqual([200, 'text/html']);
  expect(viaGet.text).not.toContain('"data":{"__typename"');
  expect((await api.send('GET', undefined, { accept: 'text/html' })).status).toBe(405);
});
