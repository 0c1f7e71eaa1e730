import { type RunningServer, startHttpServer } from '../http/http-server.ts';
import type { Metrics } from './metrics.ts';

/** `GET /metrics` for Prometheus on a port of its own, so that it need not be reachable where clients are. */
export const startMetricsServer = ({
  metrics: { registry },
  host,
  port,
}: {
  metrics: Metrics;
  host: string;
  port: number;
}): Promise<RunningServer> =>
  startHttpServer({
    host,
    port,
    async listener(request, response) {
      if (request.url?.split('?', 1)[0] !== '/metrics' || request.method !== 'GET') {
        response.writeHead(404).end();
        return;
      }
      try {
        const text = await registry.metrics();
        response
          .writeHead(200, { 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' })
          .end(text);
      } catch {
        response.writeHead(500).end();
      }
    },
  });
