import { randomBytes } from 'node:crypto';
import { REQUEST, RESET, requestBody, resetBody } from '@latchkey/test-kit/graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from './support/test-api.ts';

const TOKEN = randomBytes(32).toString('base64url');
const PASSWORD = 'Tr0ub4dor-hunter2';
const ADDRESS = 'very.secret.person@example.com';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const inline = (token: string, newPassword: string) =>
  `mutation { resetPassword(input: { token: ${token}, newPassword: ${newPassword} }) { __typename } }`;

describe('no part of a body comes back, neither to the client nor in the log', () => {
  it.each<[string, unknown]>([
    ['token as a list', { query: RESET, variables: { input: { token: [TOKEN], newPassword: PASSWORD } } }],
    [
      'token as an operator object',
      { query: RESET, variables: { input: { token: { $gt: TOKEN }, newPassword: PASSWORD } } },
    ],
    ['password as a list', { query: RESET, variables: { input: { token: TOKEN, newPassword: [PASSWORD] } } }],
    [
      'an unknown input field',
      { query: RESET, variables: { input: { token: TOKEN, newPassword: PASSWORD, [PASSWORD]: 1 } } },
    ],
    ['an unknown variable', { query: RESET, variables: { [TOKEN]: PASSWORD } }],
    ['input as a string', { query: RESET, variables: { input: PASSWORD } }],
    ['a list in the document', { query: inline(`["${TOKEN}"]`, `"${PASSWORD}"`) }],
    ['a number field in the document', { query: inline('5', `"${PASSWORD}"`) }],
    ['an enum in the document', { query: inline('"x"', 'Tr0ub4dor_hunter2') }],
    ['an unknown field named so', { query: `{ Tr0ub4dor_hunter2(token: "${TOKEN}") }` }],
    ['an unknown argument', { query: `{ passwordPolicy(a: "${PASSWORD}") { minLength } }` }],
    [
      'a broken document',
      { query: `mutation { resetPassword(input: { token: "${TOKEN}" newPassword: "${PASSWORD}` },
    ],
    ['a broken document without quotes', { query: `mutation { resetPassword ${PASSWORD} ${ADDRESS}` }],
    [
      'bad JSON',
      `{"query":"x","variables":{"token":"${TOKEN}","newPassword":"${PASSWORD}","email":"${ADDRESS}"`,
    ],
    ['bad JSON that starts with it', PASSWORD],
    ['an unknown parameter', { query: '{__typename}', [PASSWORD]: TOKEN }],
    ['an operation name', { query: 'query A {__typename}', operationName: PASSWORD }],
    ['an address as an object', { query: REQUEST, variables: { input: { email: { [ADDRESS]: ADDRESS } } } }],
    ['an address that is none', requestBody({ email: `${ADDRESS} ${TOKEN}` })],
    ['an invalid token and a rejected password', resetBody({ token: TOKEN, newPassword: PASSWORD })],
    ['a too large body', resetBody({ token: TOKEN, newPassword: PASSWORD.repeat(2000) })],
  ])('%s', async (_name, body) => {
    const answer = await api.post(body);

    for (const said of [answer.text, JSON.stringify(answer.headers), api.log()]) {
      for (const secret of [TOKEN, PASSWORD, 'hunter2', ADDRESS, 'very.secret'])
        expect(said).not.toContain(secret);
    }
    expect(answer.text).not.toMatch(/\bat .*\.[jt]s|node_modules/);
  });

  it('forms, plain text and address lines', async () => {
    const body = `token=${TOKEN}&newPassword=${PASSWORD}`;
    const answers = [
      await api.send('POST', body, { 'content-type': 'application/x-www-form-urlencoded' }),
      await api.send('POST', body, { 'content-type': 'text/plain' }),
      await api.send(
        'GET',
        undefined,
        {},
        `/graphql?query=${encodeURIComponent(inline(`"${TOKEN}"`, '"x"'))}`,
      ),
      await api.send('GET', undefined, {}, `/${TOKEN}`),
    ];

    for (const { text } of answers) expect(text).toBe('');
    expect(api.log()).not.toContain(TOKEN);
  });

  it('an unexpected error that quotes it', async () => {
    const broken = await startTestApi({
      resetPassword: ({ token }) =>
        Promise.reject(
          Object.assign(new Error(`failed for ${token} of ${ADDRESS}`), { command: { token, PASSWORD } }),
        ),
    });
    const answer = await broken.post(resetBody({ token: TOKEN, newPassword: PASSWORD }));
    await broken.close();

    expect(answer.status).toBe(500);
    expect(broken.log()).toContain('unexpected error');
    for (const said of [answer.text, broken.log()]) {
      for (const secret of [TOKEN, PASSWORD, ADDRESS]) expect(said).not.toContain(secret);
    }
  });
});

it('the log of these tests would show a secret', async () => {
  const broken = await startTestApi({ resetPassword: () => Promise.reject(new Error('visible canary')) });
  await broken.run(RESET, { input: { token: TOKEN, newPassword: PASSWORD } });
  await broken.close();

  expect(broken.log()).toContain('visible canary');
});

it('metrics hold no part of a body', async () => {
  await api.post(resetBody({ token: TOKEN, newPassword: PASSWORD }));
  await api.post(requestBody({ email: ADDRESS }));
  await api.post({ query: `{ Tr0ub4dor_hunter2(token: "${TOKEN}") }`, operationName: PASSWORD });
  await api.send('GET', undefined, {}, `/${TOKEN}`);

  expect(await api.metricsText()).toMatch(/^latchkey_http_request_duration_seconds_count\{.*\} [1-9]/m);
  expect(await api.metricsText()).not.toMatch(new RegExp(`${TOKEN}|hunter2|secret`));
});
