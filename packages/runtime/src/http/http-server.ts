import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { watchConnections } from './open-connections.ts';

/** An HTTP server that listens. */
export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /**
   * Stops accepting connections, waits for the running requests, then resolves. Clients that send or read nothing delay this by
   * 2 s.
   */
  close(): Promise<void>;
}

/**
 * Starts a server. Its timeouts close connections of slow clients before many of them pile up. Rejects when the address cannot
 * be used.
 */
export const startHttpServer = async ({
  listener,
  host,
  port,
}: {
  listener: RequestListener;
  host: string;
  port: number;
}): Promise<RunningServer> => {
  const server = createServer({
    requestTimeout: 15_000,
    headersTimeout: 10_000,
    keepAliveTimeout: 65_000,
    // How often Node checks connections for these limits. With Node's default of 30 s a slow client could stay for 40 s.
    connectionsCheckingInterval: 5_000,
  });
  const connections = watchConnections(server);
  let closing = false;
  server.on('request', (request, response) => {
    // A kept-alive connection would delay the stop until its own timeout.
    if (closing) response.setHeader('Connection', 'close');
    listener(request, response);
  });

  await listening(server, host, port);
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;

  return {
    host: address.address,
    port: address.port,
    url: `http://${name}:${address.port}`,
    close() {
      closing = true;
      connections.announceEnd();
      return closed(server, connections.endUnused);
    },
  };
};

const listening = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Time for requests that clients sent before they could know about the stop. They are answered with `Connection: close`. */
const GRACE_MS = 300;
/** Time after which clients that send or read nothing are disconnected. */
const PATIENCE_MS = 2_000;

const closed = (server: Server, endUnused: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const sweep = setInterval(() => {
      const waitedMs = performance.now() - startedAt;
      // Node does not count a connection as idle when nothing, or only half a request, was sent on it.
      if (waitedMs > PATIENCE_MS) endUnused();
      else if (waitedMs > GRACE_MS) server.closeIdleConnections();
    }, 50);
    // The HTTP server's own close() is not used. It closes every connection between two requests at once, also when its next
    // request has arrived but was not read yet, and it ends Node's check for slow clients.
    NetServer.prototype.close.call(server, (error) => {
      clearInterval(sweep);
      if (error === undefined || !server.listening) resolve();
      else reject(error);
    });
  });
