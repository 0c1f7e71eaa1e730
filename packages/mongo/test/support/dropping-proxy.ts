import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network in front of a server that loses every connection when told to, and takes new ones at once. */
export interface DroppingProxy {
  readonly uri: string;
  drop(): void;
  stop(): Promise<void>;
}

export const startDroppingProxy = async (target: string): Promise<DroppingProxy> => {
  const [, credentials = '', host, port, path = '/'] =
    /^mongodb:\/\/([^@/]*@)?([^:/,?]+)(?::(\d+))?[^/?]*(\/[^?]*)?/.exec(target) ?? [];
  if (host === undefined) throw new Error('the proxy needs a mongodb:// connection string');
  const open = new Set<Socket>();

  const proxy = createServer((client) => {
    const server = connect(Number(port ?? 27_017), host);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', end).on('close', () => {
        open.delete(socket);
        end();
      });
    }
    client.pipe(server).pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const drop = () => {
    for (const socket of open) socket.destroy();
  };

  return {
    // The set's own list of members would lead the driver past the proxy.
    uri: `mongodb://${credentials}127.0.0.1:${(proxy.address() as AddressInfo).port}${path}?directConnection=true`,
    drop,
    stop: async () => {
      const closed = once(proxy, 'close');
      proxy.close();
      drop();
      await closed;
    },
  };
};
