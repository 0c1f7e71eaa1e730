import { type Answer, CHECK, REQUEST, RESET } from '@latchkey/test-kit/graphql';
import { onMongo } from '@latchkey/test-kit/mongo';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nextLink, tokenOf } from '../harness/mails.ts';
import { settled } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

/** A part of every value that is sent, so that an answer or a log line that repeats a value is found. */
const SECRET = 'hunter2';
const TRACE = /node_modules|file:\/\/|at \S+ \(|\.[jt]s:\d+/;

describe(`bad input, ${onMongo()}`, () => {
  let stack: Stack;
  let before: string;
  let token: string;
  beforeAll(async () => {
    stack = await startStack({ both: { LOG_LEVEL: 'trace' } });
    await stack.host.addUser('ada@acme.test');
    await stack.client.request({ email: 'ada@acme.test' });
    token = tokenOf(await nextLink(stack.inbox, 'ada@acme.test'));
    await settled(stack.host);
    // An idle worker still renews its lease. Without it, only the api writes to the database.
    await stack.workers[0]?.stop();
  });
  afterAll(() => stack?.stop());

  beforeEach(async () => {
    before = await stack.host.dump();
  });
  afterEach(async () => {
    expect(await stack.host.dump(), 'nothing is written').toBe(before);
    const logged = stack.api.lines().join('\n');
    expect(logged).not.toContain(SECRET);
    expect(logged).not.toMatch(TRACE);
    expect(await stack.client.check(token), 'the link still works').toBe('VALID');
  });

  const expectHarmless = ({ text, headers }: Answer) => {
    expect(text).not.toContain(SECRET);
    expect(text).not.toMatch(TRACE);
    expect(headers.get('cache-control')).toBe('no-store');
  };
  const expectRefused = (answer: Answer, status: number, code: string) => {
    expect(answer.status, answer.text).toBe(status);
    expect(JSON.parse(answer.text).errors.map((error: { extensions: unknown }) => error.extensions)).toEqual(
      expect.arrayContaining([{ code }]),
    );
    expectHarmless(answer);
  };

  describe('values of the wrong type are BAD_USER_INPUT', () => {
    const values: readonly [string, unknown][] = [
      ['an operator', { $gt: '' }],
      ['an operator with a value', { $regex: SECRET }],
      ['a list', [SECRET]],
      ['a number', 12_345],
      ['a truth value', true],
      ['null', null],
      ['an object that pretends to be text', { length: 43, toString: SECRET }],
    ];

    it.each(values)('%s as token', async (_what, value) => {
      const answer = await stack.client.post({
        query: RESET,
        variables: { input: { token: value, newPassword: SECRET } },
      });
      expectRefused(answer, 400, 'BAD_USER_INPUT');
    });

    it.each(values)('%s as token of the check', async (_what, value) => {
      expectRefused(
        await stack.client.post({ query: CHECK, variables: { token: value } }),
        400,
        'BAD_USER_INPUT',
      );
    });

    it.each(values)('%s as password', async (_what, value) => {
      expectRefused(
        await stack.client.post({ query: RESET, variables: { input: { token, newPassword: value } } }),
        400,
        'BAD_USER_INPUT',
      );
    });

    it.each(values)('%s as address', async (_what, value) => {
      expectRefused(
        await stack.client.post({ query: REQUEST, variables: { input: { email: value } } }),
        400,
        'BAD_USER_INPUT',
      );
    });
  });

  it.each([
    ['nothing', ''],
    ['10,000 characters', `${SECRET}${'a'.repeat(10_000)}@acme.test`],
    ['a NUL byte', `${SECRET}\0@acme.test`],
    ['a lone surrogate', `${SECRET}\uD800@acme.test`],
    ['a second line', `${SECRET}@acme.test\r\nBcc: eve@acme.test`],
    ['no domain', SECRET],
    ['two addresses', `${SECRET}@acme.test,eve@acme.test`],
    ['a name around it', `${SECRET} <eve@acme.test>`],
  ])('an address with %s is INVALID_EMAIL', async (_what, email) => {
    const answer = await stack.client.request({ email });

    expect(answer.status).toBe(200);
    expect(answer.result).toMatchObject({ __typename: 'InvalidEmailError', code: 'INVALID_EMAIL' });
    expectHarmless(answer);
  });

  it.each([
    ['nothing', ''],
    ['10,000 characters', SECRET.repeat(1_429)],
    ['a NUL byte', `${SECRET}\0`],
    ['a lone surrogate', `${SECRET}\uDC00`],
    ['an operator as text', '{"$gt":""}'],
    ['43 characters that nobody minted', 'A'.repeat(43)],
  ])('a token of %s is INVALID_TOKEN, and the check says INVALID', async (_what, wrong) => {
    const answer = await stack.client.reset({ token: wrong, newPassword: 'a phrase that would do' });

    expect(answer.result).toMatchObject({ __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' });
    expectHarmless(answer);
    expect(await stack.client.check(wrong)).toBe('INVALID');
  });

  it.each([
    ['GET with a query', { method: 'GET' }, '?query=%7B__typename%7D', 405],
    ['GET with a mutation', { method: 'GET' }, `?query=${encodeURIComponent(RESET)}`, 405],
    ['PUT', { method: 'PUT', body: '{}', headers: { 'Content-Type': 'application/json' } }, '', 405],
    ['DELETE', { method: 'DELETE' }, '', 405],
    ['a form', { method: 'POST', body: new URLSearchParams({ query: '{__typename}' }) }, '', 415],
    ['plain text', { method: 'POST', body: '{"query":"{__typename}"}' }, '', 415],
    [
      'application/graphql',
      { method: 'POST', body: '{__typename}', headers: { 'Content-Type': 'application/graphql' } },
      '',
      415,
    ],
  ] as const)('%s is not executed', async (_what, init, search, status) => {
    const answer = await stack.client.send(init, search);

    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('__typename');
    expectHarmless(answer);
  });

  it('multipart is not executed', async () => {
    const body = new FormData();
    body.set('operations', JSON.stringify({ query: '{__typename}', variables: { secret: SECRET } }));
    body.set('map', '{}');

    const answer = await stack.client.send({ method: 'POST', body });

    expect(answer.status).toBe(415);
    expectHarmless(answer);
  });

  it.each([
    ['broken JSON', `{"query": "${SECRET}`],
    ['a text', `"${SECRET}"`],
    ['a batch', JSON.stringify([{ query: '{__typename}' }, { query: '{__typename}' }])],
    ['nothing', ''],
    ['no query', JSON.stringify({ variables: { token: SECRET } })],
  ])('a body that is %s is BAD_REQUEST', async (_what, body) => {
    expectRefused(await stack.client.post(body), 400, 'BAD_REQUEST');
  });

  it.each([
    ['said beforehand', (text: string): BodyInit => text],
    ['not said beforehand', (text: string): BodyInit => new Blob([text]).stream()],
  ])('a body of 1 MB, its size %s, is 413', async (_what, bodyOf) => {
    const body = bodyOf(
      JSON.stringify({ query: RESET, variables: { input: { token: SECRET.repeat(150_000) } } }),
    );
    const answer = await stack.client.send({
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      ...(typeof body === 'string' ? {} : { duplex: 'half' }),
    } as RequestInit);

    expect(answer.status).toBe(413);
    expectHarmless(answer);
  });

  describe('one mutation cannot be made many', () => {
    const call = `resetPassword(input: { token: "${SECRET}", newPassword: "${SECRET}" }) { __typename }`;

    it.each([
      ['aliases', `mutation { ${Array.from({ length: 30 }, (_, n) => `a${n}: ${call}`).join(' ')} }`],
      ['a fragment', `mutation { a: ${call} ...More } fragment More on Mutation { b: ${call} }`],
      [
        'nested fragments',
        `mutation { ...A } fragment A on Mutation { a: ${call} ...B } fragment B on Mutation { b: ${call} }`,
      ],
      ['an inline fragment', `mutation { a: ${call} ... on Mutation { b: ${call} } }`],
      ['aliases of a query', '{ a: passwordPolicy { minLength } b: passwordPolicy { minLength } }'],
      ['more tokens than any operation needs', `{ ${'x '.repeat(2_000)} }`],
    ])('by %s', async (_how, query) => {
      const modern = await stack.client.post({ query }, { Accept: 'application/graphql-response+json' });
      expectRefused(modern, 400, 'OPERATION_LIMIT');
      const plain = await stack.client.post({ query }, { Accept: 'application/json' });
      expectRefused(plain, 200, 'OPERATION_LIMIT');
    });
  });

  it.each([
    ['does not parse', `mutation { resetPassword(input: "${SECRET}`, 'GRAPHQL_PARSE_FAILED'],
    ['asks for a field there is none', `{ ${SECRET} }`, 'GRAPHQL_VALIDATION_FAILED'],
    ['lacks an argument', 'mutation { resetPassword { __typename } }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('a document that %s is told so without its text', async (_what, query, code) => {
    const answer = await stack.client.post({ query }, { Accept: 'application/graphql-response+json' });

    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).errors[0].extensions).toEqual({ code });
    expectHarmless(answer);
  });
});

describe(`what a bad password costs, ${onMongo()}`, () => {
  let stack: Stack;
  let count = 0;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack?.stop());

  it.each([
    ['a NUL byte', 'good enough\0really', 'INVALID_CHARACTERS'],
    ['a lone surrogate', 'good enough\uD800really', 'INVALID_CHARACTERS'],
    ['73 bytes', 'é'.repeat(36) + 'a'.repeat(1), 'TOO_LONG'],
    ['10,000 characters', 'long '.repeat(2_000), 'TOO_LONG'],
    ['7 characters', 'short 7', 'TOO_SHORT'],
  ])('one with %s is refused by name, and the link survives', async (_what, newPassword, rule) => {
    count += 1;
    const email = `u${count}@acme.test`;
    await stack.host.addUser(email);
    await stack.client.request({ email });
    const token = tokenOf(await nextLink(stack.inbox, email));
    const before = await stack.host.user(email);

    const { result } = await stack.client.reset({ token, newPassword });

    expect(result).toMatchObject({ code: 'PASSWORD_REJECTED', reasons: [{ rule }] });
    expect(await stack.host.user(email)).toEqual(before);
    expect(await stack.client.check(token)).toBe('VALID');
  });

  it('the tenth refusal ends the link', async () => {
    const email = 'guesser@acme.test';
    await stack.host.addUser(email);
    await stack.client.request({ email });
    const token = tokenOf(await nextLink(stack.inbox, email));

    for (let attempt = 1; attempt <= 10; attempt += 1) {
      const { result } = await stack.client.reset({ token, newPassword: 'short' });
      expect(result.code, `attempt ${attempt}`).toBe('PASSWORD_REJECTED');
    }

    const { result } = await stack.client.reset({ token, newPassword: 'a phrase that would do' });
    expect(result.code).toBe('INVALID_TOKEN');
  });
});
