import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A listening HTTP server. */
export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Stops accepting, lets running requests finish, then resolves. */
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
      return closed(server);
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

const closed = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    // A connection whose last answer went out after close() became idle since; nothing else would end it.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close((error) => {
      clearInterval(sweep);
      if (error === undefined || !server.listening) resolve();
      else reject(error);
    });
  });
