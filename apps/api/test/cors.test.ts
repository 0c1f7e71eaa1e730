import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from './support/test-api.ts';

const APP = 'https://app.example.com';
const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type',
};

let api: TestApi;
let closed: TestApi;
beforeAll(async () => {
  api = await startTestApi({ corsOrigins: [APP] });
  closed = await startTestApi();
});
afterAll(() => Promise.all([api.close(), closed.close()]));

const corsHeaders = (headers: object): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('pages of other origins', () => {
  it('may ask and read answers, without credentials, when they are configured', async () => {
    const preflight = await api.send('OPTIONS', undefined, { origin: APP, ...PREFLIGHT });
    const { headers } = await api.post({ query: '{__typename}' }, { origin: APP });

    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': expect.stringContaining('Content-Type'),
      vary: 'Origin',
    });
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-expose-headers': 'Retry-After',
      vary: 'Origin',
    });
    expect({ ...preflight.headers, ...headers }).not.toHaveProperty('access-control-allow-credentials');
  });

  it('may read refusals, too, when they are configured', async () => {
    const { status, headers } = await api.post('{', { origin: APP });

    expect([status, headers['access-control-allow-origin']]).toEqual([400, APP]);
  });

  it.each(['https://evil.test', 'null', `${APP}.evil.test`, 'http://app.example.com', `${APP}:8443`, ''])(
    'get nothing when they are not configured: %j',
    async (origin) => {
      const preflight = await api.send('OPTIONS', undefined, { origin, ...PREFLIGHT });
      const { headers } = await api.post({ query: '{__typename}' }, { origin });

      expect(preflight.status).toBe(405);
      expect(corsHeaders(preflight.headers)).toEqual([]);
      expect(corsHeaders(headers)).toEqual([]);
      expect(headers.vary).toBe('Origin');
    },
  );

  it('get nothing when none is configured', async () => {
    const preflight = await closed.send('OPTIONS', undefined, { origin: APP, ...PREFLIGHT });
    const { headers } = await closed.post({ query: '{__typename}' }, { origin: APP });

    expect([preflight.status, corsHeaders(preflight.headers), corsHeaders(headers)]).toEqual([405, [], []]);
  });
});
