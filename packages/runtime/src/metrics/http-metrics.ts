import type { IncomingMessage, ServerResponse } from 'node:http';
import { Histogram, type Registry } from 'prom-client';
import { LATENCY_BUCKETS } from './create-registry.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/**
 * Measures the time of every answer in `latchkey_http_request_duration_seconds`. Only paths in `routes` become labels, and all
 * unknown methods share one label, so that a client cannot create new series.
 */
export const createHttpMetrics = ({
  registry,
  routes,
}: {
  registry: Registry;
  routes: readonly string[];
}) => {
  const known = new Set(routes);
  const duration = new Histogram({
    name: 'latchkey_http_request_duration_seconds',
    help: 'Time from the request head to the end of the answer, by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: LATENCY_BUCKETS,
    registers: [registry],
  });

  return (request: IncomingMessage, response: ServerResponse): void => {
    const startedAt = performance.now();
    const path = request.url?.split('?', 1)[0] ?? '';
    const route = known.has(path) ? path : 'other';
    const method = METHODS.has(request.method ?? '') ? (request.method ?? '') : 'other';

    response.once('close', () => {
      const status = response.writableFinished ? String(response.statusCode) : 'aborted';
      duration.observe({ route, method, status }, (performance.now() - startedAt) / 1000);
    });
  };
};
