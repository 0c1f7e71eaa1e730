import { getIntrospectionQuery } from 'graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const ask = (email: string) => `requestPasswordReset(input: { email: "${email}" }) { __typename }`;
const codeOf = async (query: string): Promise<unknown> =>
  (await api.run(query)).errors?.[0]?.extensions['code'];

describe('one attempt per request', () => {
  it.each([
    ['aliases', `mutation { a: ${ask('a@a.test')} b: ${ask('b@b.test')} }`],
    [
      'a fragment',
      `mutation { ...F b: ${ask('b@b.test')} } fragment F on Mutation { a: ${ask('a@a.test')} }`,
    ],
    [
      'fragments in fragments',
      `mutation { ...F } fragment F on Mutation { ...G ...H }
       fragment G on Mutation { a: ${ask('a@a.test')} } fragment H on Mutation { b: ${ask('b@b.test')} }`,
    ],
    [
      'inline fragments',
      `mutation { ... { a: ${ask('a@a.test')} } ... on Mutation { b: ${ask('b@b.test')} } }`,
    ],
    [
      'fields that a variable may leave out',
      `mutation($x: Boolean = true) { ... @include(if: $x) { a: ${ask('a@a.test')} } b: ${ask('b@b.test')} }`,
    ],
    [
      'two different fields',
      `mutation { ${ask('a@a.test')} resetPassword(input: { token: "x", newPassword: "y" }) { __typename } }`,
    ],
    ['queries', '{ a: passwordResetToken(token: "a") b: passwordResetToken(token: "b") }'],
  ])('cannot be multiplied by %s [T-09]', async (_name, query) => {
    expect(await codeOf(query)).toBe('OPERATION_LIMIT');
    expect(api.rows().requests.size).toBe(0);
    expect(api.limitCalls).toEqual([]);
  });

  it('cannot be multiplied in an operation beside the one that is run [T-09]', async () => {
    const query = `mutation A { ${ask('a@a.test')} } mutation B { a: ${ask('a@a.test')} b: ${ask('b@b.test')} }`;
    const { text } = await api.post({ query, operationName: 'A' });

    expect(text).toContain('OPERATION_LIMIT');
    expect(api.rows().requests.size).toBe(0);
  });

  it('cannot be multiplied by a batch [T-09]', async () => {
    const { status } = await api.post([{ query: `mutation { ${ask('a@a.test')} }` }]);

    expect(status).toBe(400);
    expect(api.rows().requests.size).toBe(0);
  });

  it('leaves alone what people write', async () => {
    for (const query of [
      '{ __typename passwordPolicy { __typename minLength } }',
      '{ passwordPolicy { minLength } passwordPolicy { maxBytes } }',
      '{ ...A ...B } fragment A on Query { passwordPolicy { minLength } } fragment B on Query { passwordPolicy { maxBytes } }',
    ]) {
      expect((await api.run(query)).errors).toBeUndefined();
    }
  });
});

describe('the depth of a document', () => {
  const nested = (levels: number) =>
    `{ passwordPolicy ${'{ ...on PasswordPolicy '.repeat(levels)}{ minLength }${' }'.repeat(levels)} }`;

  it('counts fields, not fragments', async () => {
    expect(
      await codeOf(nested(20).replace('{ ...on PasswordPolicy {', '{ ...on PasswordPolicy {')),
    ).toBeUndefined();
  });

  it('is limited, whatever the schema says of the fields', async () => {
    const codes = async (levels: number) =>
      (await api.run(`{ passwordPolicy { ${'a { '.repeat(levels)} b ${'}'.repeat(levels)} } }`)).errors?.map(
        ({ extensions }) => extensions['code'],
      );

    expect(await codes(5)).not.toContain('OPERATION_LIMIT');
    expect(await codes(9)).toContain('OPERATION_LIMIT');
  });

  it('has an end where fragments spread each other', async () => {
    const fragments = Array.from(
      { length: 15 },
      (_, i) => `fragment F${i} on Query { ...F${(i + 1) % 15} ...F${(i + 2) % 15} }`,
    );

    expect(await codeOf(`{ ...F0 } ${fragments.join(' ')}`)).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});

describe('the size of a document', () => {
  it('is 200 tokens at most', async () => {
    const document = (variables: number) =>
      `query (${Array.from({ length: variables }, (_, i) => `$v${i}: A${i}`).join(' ')}) { __typename }`;

    // Each variable has 4 tokens, and 6 more are around them. The start of the file does not count.
    expect(await codeOf(document(48))).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await codeOf(document(49))).toBe('OPERATION_LIMIT');
  });

  it('holds a name 32 times at most: what has one name is compared each with each', async () => {
    const repeated = (times: number) => `{ passwordPolicy { ${'minLength '.repeat(times)} } }`;

    expect(await codeOf(repeated(32))).toBeUndefined();
    expect(await codeOf(repeated(33))).toBe('OPERATION_LIMIT');
  });

  it('leaves room for everything that the schema has, and for the introspection query in its longest form', async () => {
    const everything = `mutation Reset($input: ResetPasswordInput!) {
      __typename
      resetPassword(input: $input) {
        __typename
        ... on PasswordReset { reference sessionsRevoked }
        ... on UserError { code message }
        ... on InvalidTokenError { code message }
        ... on PasswordRejectedError { code message reasons { rule message } }
        ... on RateLimitedError { code message retryAfterSeconds }
        ... on ServiceUnavailableError { code message }
      }
    }
    mutation Ask($input: RequestPasswordResetInput!) {
      requestPasswordReset(input: $input) {
        __typename
        ... on PasswordResetRequested { reference expiresInSeconds }
        ... on InvalidEmailError { code message }
        ... on RateLimitedError { code message retryAfterSeconds }
        ... on ServiceUnavailableError { code message }
      }
    }
    query Check($token: String!) { passwordResetToken(token: $token) }
    query Policy { passwordPolicy { minLength maxBytes rules } }`;
    const operationName = 'Policy';
    expect(JSON.parse((await api.post({ query: everything, operationName })).text)).not.toHaveProperty(
      'errors',
    );

    const development = await startTestApi({ mode: 'development' });
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const answer = await development.run(query);
    await development.close();
    expect(answer.errors).toBeUndefined();
  });
});
