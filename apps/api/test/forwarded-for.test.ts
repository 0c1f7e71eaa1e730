import { once } from 'node:events';
import { connect } from 'node:net';
import { REQUEST, requestBody } from '@latchkey/test-kit/graphql';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cidr, parseCidr } from '../src/client/cidr.ts';
import { createClientAddress } from '../src/client/client-address.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';

const running: TestApi[] = [];
afterEach(() => Promise.all(running.splice(0).map((api) => api.close())));

const start = async (...proxies: string[]) => {
  const cidrs = proxies.map(parseCidr).filter((cidr): cidr is Cidr => cidr !== undefined);
  const api = await startTestApi({ clientAddress: createClientAddress(cidrs) });
  running.push(api);

  return api;
};
const ask = (api: TestApi, forwardedFor: string) =>
  api.run(REQUEST, { input: { email: 'bob@example.com' } }, { 'x-forwarded-for': forwardedFor });
const networks = (api: TestApi) => api.limitCalls.filter((call) => call.startsWith('network'));

it('a forged X-Forwarded-For opens no new bucket [T-08]', async () => {
  const api = await start();
  for (let i = 0; i < 5; i += 1) await ask(api, `198.51.100.${i}`);

  expect(networks(api)).toEqual(Array(5).fill('network 127.0.0.1'));
});

it('a forged X-Forwarded-For that a trusted proxy passes on opens no new bucket', async () => {
  const api = await start('127.0.0.0/8');
  for (let i = 0; i < 5; i += 1) await ask(api, `198.51.100.${i}, 203.0.113.7`);

  expect(networks(api)).toEqual(Array(5).fill('network 203.0.113.7'));
});

it('a forged X-Forwarded-For before more headers than Node reads is refused, since what the proxy appends would not be read', async () => {
  const api = await start('127.0.0.0/8');
  const body = JSON.stringify(requestBody({ email: 'bob@example.com' }));
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  const answer = once(socket, 'data');
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
      `X-Forwarded-For: 198.51.100.1\r\n${'a:\r\n'.repeat(1_000)}X-Forwarded-For: 203.0.113.7\r\n\r\n${body}`,
  );

  // Newer versions of Node refuse this request themselves.
  expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 431 /);
  expect(networks(api)).toEqual([]);
  socket.destroy();
});

it('a header that no proxy should send is counted each time, and logged once', async () => {
  const api = await start('127.0.0.0/8');
  for (let i = 0; i < 3; i += 1) await ask(api, 'unknown');

  expect(await api.metricsText()).toContain(
    'latchkey_client_address_unresolved_total{reason="malformed_header"} 3',
  );
  expect(api.log().match(/client\.unresolved/g)).toHaveLength(1);
});

describe('a public address that nobody named and that sends X-Forwarded-For', () => {
  const MINUTE = 60_000;
  /** A listener whose connections seem to come from `peer()`, as behind a CDN without TRUSTED_PROXIES. */
  const startBehind = async (peer: () => string) => {
    let nowMs = 0;
    const resolve = createClientAddress([]);
    const api = await startTestApi({
      clientAddress: (_loopback, forwardedFor) => resolve(peer(), forwardedFor),
      now: () => nowMs,
    });
    running.push(api);

    const pass = (ms: number): void => {
      nowMs += ms;
    };

    return { api, pass };
  };
  const warnings = (api: TestApi) => api.log().match(/ignored_header_public/g)?.length ?? 0;
  const counted = async (api: TestApi) =>
    Number(
      /unresolved_total\{reason="ignored_header_public"\} (\d+)/.exec(await api.metricsText())?.[1] ?? 0,
    );

  it('is counted each time, and said once when it names five clients within an hour [T-08]', async () => {
    const { api } = await startBehind(() => '104.16.3.9');

    for (const client of [1, 2, 3, 4, 4, 4]) await ask(api, `203.0.113.${client}`);
    expect([await counted(api), warnings(api)]).toEqual([6, 0]);

    for (const client of [5, 6, 7, 8, 9, 10]) await ask(api, `203.0.113.${client}, 104.16.3.8`);
    expect([await counted(api), warnings(api)]).toEqual([12, 1]);
    expect(api.log()).toContain('TRUSTED_PROXIES');
  });

  it('is not said of one that names so many over more than an hour', async () => {
    const { api, pass } = await startBehind(() => '104.16.3.9');

    for (const client of [1, 2, 3, 4, 5, 6, 7, 8]) {
      await ask(api, `203.0.113.${client}`);
      pass(15 * MINUTE + 1);
    }
    expect([await counted(api), warnings(api)]).toEqual([8, 0]);
  });

  it('is not said of many of them, each with a header of its own, or of one that names inner addresses', async () => {
    let n = 0;
    const { api } = await startBehind(() => (n < 20 ? `198.51.100.${n}` : '104.16.3.9'));

    for (n = 0; n < 40; n += 1) await ask(api, n < 20 ? `203.0.113.${n}` : `10.0.0.${n}`);
    expect([await counted(api), warnings(api)]).toEqual([40, 0]);
  });
});
