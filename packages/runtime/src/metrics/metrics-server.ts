import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Registry } from 'prom-client';
import { drain } from '../http/drain.ts';
import { type RunningServer, startHttpServer } from '../http/http-server.ts';

/**
 * Serves `GET /metrics` for Prometheus on its own port, so that clients need no access to it. With a `token`, a request needs
 * `Authorization: Bearer …`; any other request gets 401.
 */
export const startMetricsServer = ({
  registry,
  host,
  port,
  token,
}: {
  registry: Registry;
  host: string;
  port: number;
  token?: string | undefined;
}): Promise<RunningServer> =>
  startHttpServer({
    host,
    port,
    async listener(request, response) {
      drain(request);
      if (request.url?.split('?', 1)[0] !== '/metrics' || request.method !== 'GET') {
        response.writeHead(404).end();
        return;
      }
      if (token !== undefined && !carries(request, token)) {
        response.writeHead(401, { 'WWW-Authenticate': 'Bearer', 'Cache-Control': 'no-store' }).end();
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

/**
 * Compares digests, so that the time of the comparison shows neither the token's length nor how many of its characters were
 * right.
 */
const carries = ({ headers: { authorization = '' } }: IncomingMessage, token: string): boolean => {
  const [, sent = ''] = /^Bearer (.*)$/i.exec(authorization) ?? [];
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

  return timingSafeEqual(digest(sent), digest(token));
};
