import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

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
  ])('cannot be multiplied by %s', async (_name, query) => {
    expect(await codeOf(query)).toBe('OPERATION_LIMIT');
    expect(api.rows().requests.size).toBe(0);
    expect(api.limitCalls).toEqual([]);
  });

  it('cannot be multiplied in an operation beside the one that is run', async () => {
    const query = `mutation A { ${ask('a@a.test')} } mutation B { a: ${ask('a@a.test')} b: ${ask('b@b.test')} }`;
    const { text } = await api.post({ query, operationName: 'A' });

    expect(text).toContain('OPERATION_LIMIT');
    expect(api.rows().requests.size).toBe(0);
  });

  it('cannot be multiplied by a batch', async () => {
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

describe('depth', () => {
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

  it('of fragments that spread each other ends', async () => {
    const fragments = Array.from(
      { length: 30 },
      (_, i) => `fragment F${i} on Query { ...F${(i + 1) % 30} ...F${(i + 2) % 30} }`,
    );

    expect(await codeOf(`{ ...F0 } ${fragments.join(' ')}`)).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});
