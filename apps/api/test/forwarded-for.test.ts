import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Cidr, parseCidr } from '../src/client/cidr.ts';
import { createClientAddress } from '../src/client/client-address.ts';
import { REQUEST, startTestApi, type TestApi } from './support/test-api.ts';

const running: TestApi[] = [];
afterEach(() => Promise.all(running.splice(0).map((api) => api.close())));

const start = async (...proxies: string[]) => {
  const cidrs = proxies.map(parseCidr).filter((cidr): cidr is Cidr => cidr !== undefined);
  const api = await startTestApi({ clientAddress: createClientAddress(cidrs) });
  running.push(api);

  return api;
};
const ask = (api: TestApi, forwardedFor: string) =>
  api.run(REQUEST, { email: 'bob@example.com' }, { 'x-forwarded-for': forwardedFor });
const networks = (api: TestApi) => api.limitCalls.filter((call) => call.startsWith('network'));

it('a forged X-Forwarded-For opens no new bucket', async () => {
  const api = await start();
  for (let i = 0; i < 5; i += 1) await ask(api, `198.51.100.${i}`);

  expect(networks(api)).toEqual(Array(5).fill('network 127.0.0.1'));
});

it('nor does one that is passed on by a trusted proxy', async () => {
  const api = await start('127.0.0.0/8');
  for (let i = 0; i < 5; i += 1) await ask(api, `198.51.100.${i}, 203.0.113.7`);

  expect(networks(api)).toEqual(Array(5).fill('network 203.0.113.7'));
});

it('nor one before so many headers that what the proxy appends to them is not read any more', async () => {
  const api = await start('127.0.0.0/8');
  const body = JSON.stringify({ query: REQUEST, variables: { email: 'bob@example.com' } });
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  const answer = once(socket, 'data');
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
      `X-Forwarded-For: 198.51.100.1\r\n${'a:\r\n'.repeat(1_000)}X-Forwarded-For: 203.0.113.7\r\n\r\n${body}`,
  );

  // Newer versions of Node refuse this by themselves.
  expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 431 /);
  expect(networks(api)).toEqual([]);
  socket.destroy();
});

it('what a misconfigured proxy does is counted, and said once', async () => {
  const api = await start('127.0.0.0/8');
  for (let i = 0; i < 3; i += 1) await ask(api, 'unknown');

  expect(await api.figures()).toContain(
    'latchkey_client_address_unresolved_total{reason="malformed_header"} 3',
  );
  expect(api.log().match(/client\.unresolved/g)).toHaveLength(1);
});
