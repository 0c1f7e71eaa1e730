import type { IncomingMessage, ServerResponse } from 'node:http';
import { drain } from '../http/drain.ts';
import { type RunningServer, startHttpServer } from '../http/http-server.ts';
import type { Health, HealthReport } from './health.ts';

/** Answers `GET /health/live` and `GET /health/ready`. Returns false for any other path, which it does not answer. */
export const createHealthListener =
  (health: Health) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = request.url?.split('?', 1)[0];
    if (path !== '/health/live' && path !== '/health/ready') return false;

    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD', 'Cache-Control': 'no-store' }).end();
      return true;
    }
    if (path === '/health/live') {
      send(response, health.live());
      return true;
    }
    void health.ready().then((report) => send(response, report));
    return true;
  };

/** Starts a server for health answers alone, for a process that has no other server. */
export const startHealthServer = ({
  health,
  host,
  port,
}: {
  health: Health;
  host: string;
  port: number;
}): Promise<RunningServer> => {
  const listener = createHealthListener(health);

  return startHttpServer({
    host,
    port,
    listener(request, response) {
      drain(request);
      if (!listener(request, response)) response.writeHead(404, { 'Cache-Control': 'no-store' }).end();
    },
  });
};

const send = (response: ServerResponse, report: HealthReport): void => {
  response
    .writeHead(report.status === 'unavailable' ? 503 : 200, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    })
    .end(JSON.stringify(report));
};
