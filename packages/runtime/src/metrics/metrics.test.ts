import { Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningServer, startHttpServer } from '../http/http-server.ts';
import { createRegistry } from './create-registry.ts';
import { createHttpMetrics } from './http-metrics.ts';
import { startMetricsServer } from './metrics-server.ts';

const running: RunningServer[] = [];
afterEach(() => Promise.all(running.splice(0).map((server) => server.close())));

describe('metrics', () => {
  it('are served for Prometheus, the process first', async () => {
    const registry = createRegistry();
    new Counter({ name: 'latchkey_test_total', help: 'x', labelNames: ['kind'], registers: [registry] }).inc({
      kind: 'a',
    });
    const server = await startMetricsServer({ registry, host: '127.0.0.1', port: 0 });
    running.push(server);

    const response = await fetch(`${server.url}/metrics`);
    const text = await response.text();

    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain('latchkey_test_total{kind="a"} 1');
    expect((await fetch(`${server.url}/other`)).status).toBe(404);
  });

  it('are refused without the token, with another one and with no more than its beginning [T-41]', async () => {
    const token = 'metrics-for-prometheus';
    const registry = new Registry();
    new Counter({ name: 'latchkey_test_total', help: 'x', registers: [registry] }).inc();
    const server = await startMetricsServer({ registry, host: '127.0.0.1', port: 0, token });
    running.push(server);
    const scrape = (authorization?: string) =>
      fetch(`${server.url}/metrics`, authorization === undefined ? {} : { headers: { authorization } });

    for (const wrong of [
      undefined,
      '',
      token,
      `Basic ${token}`,
      'Bearer ',
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token}x`,
    ]) {
      const response = await scrape(wrong);
      expect([wrong, response.status]).toEqual([wrong, 401]);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await response.text()).toBe('');
    }
    for (const right of [`Bearer ${token}`, `bearer ${token}`]) {
      const response = await scrape(right);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('latchkey_test_total 1');
    }
  });

  it('cannot be multiplied by requests with made-up paths and methods', async () => {
    const registry = new Registry();
    const observe = createHttpMetrics({ registry, routes: ['/graphql'] });
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      listener: (request, response) => {
        observe(request, response);
        response.end();
      },
    });
    running.push(server);

    for (const path of ['/graphql?a', '/x1', '/x2', '/x3']) await fetch(`${server.url}${path}`);
    await fetch(server.url, { method: 'PURGE' });

    // Without the values: how long an answer took is chance.
    const text = (await registry.metrics()).replace(/\} \S+$/gm, '}');
    expect(text.match(/^(#|.*\/graphql).*$/gm)).toMatchSnapshot();

    const { values } = await (registry.getSingleMetric('latchkey_http_request_duration_seconds')?.get() ?? {
      values: [],
    });
    const series = new Set(values.map(({ labels }) => `${labels['route']} ${labels['method']}`));
    expect([...series].sort()).toEqual(['/graphql GET', 'other GET', 'other other']);
  });
});
