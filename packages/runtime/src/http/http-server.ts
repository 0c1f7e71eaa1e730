import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { watchConnections } from './open-connections.ts';

/** A listening HTTP server. */
export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Stops accepting, lets running requests finish, then resolves. Clients that send or read nothing hold it up for 2 s. */
  close(): Promise<void>;
}

/** Listens, with timeouts that do not let slow clients pile up. Rejects when the address cannot be had. */
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
    // How often Node looks for clients past those limits; its own 30 s would let a slow one stay for 40.
    connectionsCheckingInterval: 5_000,
  });
  const connections = watchConnections(server);
  let closing = false;
  server.on('request', (request, response) => {
    // Clients that keep connections alive would hold up the stop until their own timeout.
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

/** For requests that were sent before their client could know: they are read and answered, with `Connection: close`. */
const GRACE_MS = 300;
/** Then for clients that send or read nothing. */
const PATIENCE_MS = 2_000;

const closed = (server: Server, endUnused: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const sweep = setInterval(() => {
      const waitedMs = performance.now() - startedAt;
      // A connection on which nothing was ever sent is not idle to Node, and half a request is not either.
      if (waitedMs > PATIENCE_MS) endUnused();
      else if (waitedMs > GRACE_MS) server.closeIdleConnections();
    }, 50);
    // Not the HTTP server's own close(): that resets every connection between two requests at once, those included whose next
    // request has arrived and was not read yet, and it ends Node's look for slow clients.
    NetServer.prototype.close.call(server, (error) => {
      clearInterval(sweep);
      if (error === undefined || !server.listening) resolve();
      else reject(error);
    });
  });
