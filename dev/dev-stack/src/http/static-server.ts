import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One answer to a GET. */
export interface Page {
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server on 127.0.0.1. */
export interface LocalServer {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on 127.0.0.1 until `stop`. Open connections do not delay the stop. */
const listenLocally = async (
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  port: number,
): Promise<LocalServer> => {
  const server = createServer(handler);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const actual = (server.address() as AddressInfo).port;

  return {
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

/** Starts a server for GET and HEAD only. Every answer has the same headers, also an error. */
export const servePages = (deps: {
  port: number;
  headers: Readonly<Record<string, string>>;
  find: (path: string) => Page | undefined | Promise<Page | undefined>;
}): Promise<LocalServer> =>
  listenLocally((request, response) => {
    const answer = (status: number, page: Page) => {
      response.writeHead(status, { ...deps.headers, 'Content-Type': page.type, ...page.headers });
      response.end(request.method === 'HEAD' ? undefined : page.body);
    };
    const plain = (status: number, body: string, headers: Record<string, string> = {}) =>
      answer(status, { type: 'text/plain; charset=utf-8', body, headers });

    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return plain(405, 'Method not allowed\n', { Allow: 'GET, HEAD' });
    }
    // `new URL` is not used, because it throws for some paths that a client can send.
    const [pathname = '/'] = (request.url ?? '/').split('?');
    Promise.resolve(deps.find(pathname)).then(
      (page) => (page === undefined ? plain(404, 'Not found\n') : answer(200, page)),
      () => plain(500, 'Something went wrong\n'),
    );
  }, deps.port);
