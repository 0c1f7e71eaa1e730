import { once } from 'node:events';
import { connect } from 'node:net';
import { REQUEST, requestBody } from '@latchkey/test-kit/graphql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const open = async () => {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');

  return socket;
};
const head = (length: string) =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;

it.each([
  ['with an announced length', head('Content-Length: 1000'), '{"query":"hunter2'],
  ['without one', head('Transfer-Encoding: chunked'), '11\r\n{"query":"hunter2\r\n'],
])("a client that goes away in the middle of a body %s is nobody's error", async (_name, start, part) => {
  const socket = await open();
  socket.write(start + part);
  // A second request makes sure that the first bytes have arrived before the connection ends.
  await api.run('{__typename}');
  socket.destroy();

  expect((await api.run('{ passwordPolicy { minLength } }')).data).toBeDefined();
  await expect.poll(() => api.metricsText()).toMatch(/status="(aborted|400)"/);
  expect(api.log()).not.toContain('unexpected error');
  expect(api.log()).not.toContain('hunter2');
});

it('a client that resets its connection is counted for its own network, or not served', async () => {
  const body = JSON.stringify(requestBody({ email: 'bob@example.com' }));
  for (let i = 0; i < 20; i += 1) {
    const socket = await open();
    socket.write(head(`Content-Length: ${body.length}`) + body);
    const closed = once(socket, 'close');
    socket.resetAndDestroy();
    await closed;
  }
  await api.run(REQUEST, { input: { email: 'bob@example.com' } });

  const networks = api.limitCalls.filter((call) => call.startsWith('network'));
  expect(new Set(networks)).toEqual(new Set(['network 127.0.0.1']));
});

it('an ambiguous length is refused before anything reads it', async () => {
  const body = JSON.stringify(requestBody({ email: 'bob@example.com' }));
  for (const lengths of [
    `Content-Length: ${body.length}\r\nContent-Length: 0`,
    `Content-Length: ${body.length}\r\nTransfer-Encoding: chunked`,
    'Content-Length: 1e1',
    'Content-Length: -1',
  ]) {
    const socket = await open();
    const answer = once(socket, 'data');
    socket.write(head(lengths) + body);

    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
  }
  expect(api.rows().requests.size).toBe(0);
});

it('after a body that was too large the connection still serves', async () => {
  const socket = await open();
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  socket.write(`${head('Transfer-Encoding: chunked')}${chunk.repeat(20)}0\r\n\r\n`);
  await expect.poll(() => text).toContain('HTTP/1.1 413');

  const body = '{"query":"{__typename}"}';
  socket.write(head(`Content-Length: ${body.length}`) + body);
  await expect.poll(() => text).toContain('{"data":{"__typename":"Query"}}');
  socket.destroy();
});

/** Sends chunks until the server closes the connection or `most` bytes were sent. Resolves with the answer's text. */
const pour = async (start: string, chunk: string, most: number) => {
  const socket = await open();
  let text = '';
  let taken = 0;
  let closed = false;
  socket.on('data', (data: Buffer) => {
    text += data.toString();
  });
  const gone = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closed = true;
      resolve();
    });
  });
  socket.write(start);
  while (!closed && taken < most) {
    if (!socket.write(chunk))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), gone]);
    taken += chunk.length;
  }
  socket.destroy();

  return { closed, text };
};

/** Far more bytes than the server may read plus what both ends of a loopback connection buffer. */
const ENDLESS = 64 * 1024 * 1024;
const PIECE = 'x'.repeat(0x10000);

it.each([
  ['without an announced length', head('Transfer-Encoding: chunked'), 413],
  ['with an announced one', head('Content-Length: 9999999999'), 413],
  [
    'of another type',
    'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n',
    415,
  ],
  ['for another path', 'POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', 404],
  ['for a health check', 'GET /health/live HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', 200],
])('an endless body %s is answered, and not read to its end', async (_name, start, status) => {
  const chunk = start.includes('chunked') ? `10000\r\n${PIECE}\r\n` : PIECE;

  const { closed, text } = await pour(start, chunk, ENDLESS);

  expect(text).toContain(`HTTP/1.1 ${status} `);
  expect(closed).toBe(true);
});
