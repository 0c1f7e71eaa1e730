import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** An endpoint whose name stays while what is behind it changes, as in a managed failover: old connections live on. */
export interface TcpProxy {
  readonly url: string;
  /** New connections go there from now on. */
  pointTo(port: number): void;
  stop(): void;
}

export const startTcpProxy = async (target: number): Promise<TcpProxy> => {
  let port = target;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
    }
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    url: `redis://127.0.0.1:${address.port}`,
    pointTo: (next) => {
      port = next;
    },
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};
