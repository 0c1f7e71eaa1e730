import { request } from 'node:http';
import { RESET, resetBody } from '@latchkey/test-kit/graphql';

export interface Secrets {
  readonly token: string;
  readonly password: string;
  readonly address: string;
}

/** One HTTP request as broken clients or attackers send it. */
export interface Malformed {
  readonly what: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const MULTIPART = '----latchkey';

/** Requests that contain secrets in the wrong places. */
export const malformedRequests = ({ token, password, address }: Secrets): readonly Malformed[] => {
  const quoted = JSON.stringify(password);
  const inline = `mutation { resetPassword(input: { token: "${token}", newPassword: ${quoted} }) { __typename } }`;
  const link = `https://app.acme.test/reset-password#token=${token}`;
  const json = (what: string, body: unknown): Malformed => ({ what, body: JSON.stringify(body) });
  const variables = (what: string, wrong: unknown): Malformed =>
    json(what, { query: RESET, variables: wrong });
  const input = (what: string, wrong: unknown): Malformed => variables(what, { input: wrong });
  const query = (what: string, text: string): Malformed => json(what, { query: text });

  return [
    input('token as a list', { token: [token], newPassword: password }),
    input('token as an operator', { token: { $gt: token }, newPassword: password }),
    input('password as a list', { token, newPassword: [password] }),
    input('password as an object', { token, newPassword: { [password]: password } }),
    input('token as a key', { [token]: password }),
    variables('variables as a list', [token, password, address]),
    variables('variables as a text', `${token} ${password} ${address}`),
    input('input as a text', `${token} ${password} ${address}`),
    input('password missing', { token }),
    input('too many fields', { token, newPassword: 'x', more: password, [address]: 1 }),
    variables('too many variables', { input: { token, newPassword: 'x' }, more: password, [address]: 1 }),
    json('operation name', {
      ...resetBody({ token, newPassword: password }),
      operationName: token,
    }),
    json('no query', { token, password, address }),
    json('query as a list', { query: [token, password, address] }),
    json('extensions', {
      ...resetBody({ token: 'x', newPassword: 'y' }),
      extensions: { token, password },
    }),
    json('a batch', [resetBody({ token, newPassword: password })]),
    json('a number', { query: 7, variables: { input: { token, newPassword: password, address } } }),
    query('syntax error', `mutation { resetPassword(input: { token: "${token}", newPassword: ${quoted} `),
    query('secret as a name', `mutation { t${token.replaceAll('-', '_')}(a: ${quoted}) { __typename } }`),
    query('unknown field', inline.replace('__typename', `x${token.replaceAll('-', '_')}`)),
    query('unknown argument', inline.replace('token:', `t${token.replaceAll('-', '_')}:`)),
    query('unterminated string', `mutation { resetPassword(input: { token: "${token} ${password}`),
    query('wrong type in the text', inline.replace(`"${token}"`, `["${token}"]`)),
    query('an alias', `{ a${token.replaceAll('-', '_')}: passwordResetToken(token: "${token}") }`),
    query(
      'two at once',
      `{ a: passwordResetToken(token: "${token}") b: passwordResetToken(token: ${quoted}) }`,
    ),
    query(
      'address as a list',
      `mutation { requestPasswordReset(input: { email: ["${address}"] }) { __typename } }`,
    ),
    query(
      'address and locale swapped',
      `mutation { requestPasswordReset(input: { email: "de", locale: "${address}" }) { __typename } }`,
    ),
    query(
      'no address',
      `mutation { requestPasswordReset(input: { email: "${address} ${token}" }) { __typename } }`,
    ),
    query('a comment', `# ${token} ${password} ${address}\n{ passwordPolicy { minLength } }`),
    query('an inline token', `{ passwordResetToken(token: "${token}") }`),
    { what: 'bad JSON', body: `{"query": "x", "token": "${token}", "password": ${quoted}, ${address}` },
    { what: 'no JSON', body: `${token} ${password} ${address}` },
    { what: 'a JSON text', body: JSON.stringify(`${token} ${password} ${address}`) },
    {
      what: 'too large',
      body: JSON.stringify(resetBody({ token, newPassword: password.repeat(2_000) })),
    },
    {
      what: 'plain text',
      headers: { 'content-type': 'text/plain' },
      body: `${token} ${password} ${address}`,
    },
    { what: 'graphql', headers: { 'content-type': 'application/graphql' }, body: inline },
    {
      what: 'a form',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query: inline, token, password, email: address }).toString(),
    },
    {
      what: 'multipart',
      headers: { 'content-type': `multipart/form-data; boundary=${MULTIPART}` },
      body: `--${MULTIPART}\r\ncontent-disposition: form-data; name="${token}"\r\n\r\n${password} ${address}\r\n--${MULTIPART}--\r\n`,
    },
    { what: 'an unknown content type', headers: { 'content-type': `x/${token}` }, body: password },
    {
      what: 'a broken encoding',
      headers: { 'content-encoding': token.slice(0, 20) },
      body: `{"t":"${token}"}`,
    },
    { what: 'GET', method: 'GET', path: `/graphql?query=${encodeURIComponent(inline)}&token=${token}` },
    { what: 'PUT', method: 'PUT', body: `${token} ${password}` },
    { what: 'TRACE', method: 'TRACE', headers: { cookie: `token=${token}` } },
    { what: 'the path', method: 'GET', path: `/${token}/${encodeURIComponent(password)}?email=${address}` },
    { what: 'the link at the api', method: 'GET', path: `/reset-password?token=${token}` },
    { what: 'health with a token', method: 'GET', path: `/health/ready?token=${token}` },
    {
      what: 'headers',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        cookie: `session=${token}; p=${encodeURIComponent(password)}`,
        referer: link,
        origin: `https://${token}.test`,
        'user-agent': `${token} ${encodeURIComponent(password)} ${address}`,
        'accept-language': token,
        'x-forwarded-for': `${token}, ${address}`,
        'x-request-id': token,
        traceparent: `00-${token}-${token}-01`,
        tracestate: `a=${token}`,
        baggage: `email=${address}`,
      },
      body: JSON.stringify({ query: '{ passwordPolicy { minLength } }' }),
    },
  ];
};

/** Sends the request over a plain socket, because an HTTP client would correct it. Resolves with everything that came back. */
export const sendMalformed = (
  apiUrl: string,
  { method = 'POST', path = '/graphql', headers, body }: Malformed,
) =>
  new Promise<string>((resolve, reject) => {
    const call = request(
      `${apiUrl}${path}`,
      { method, headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        const { statusCode, rawHeaders } = response;
        response.on('end', () => resolve(`${statusCode} ${rawHeaders.join(' ')} ${text}`));
      },
    );
    call.on('error', (error: NodeJS.ErrnoException) =>
      // The api may close the connection before it has read a whole body that it refuses.
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve('') : reject(error),
    );
    call.end(body);
  });
