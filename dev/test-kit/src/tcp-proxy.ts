import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '@latchkey/dev-stack';

/** Address on which a server listens. */
interface Address {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
}

/** One client connection and its connection to the server. */
export interface ProxyConnection {
  toServer(bytes: Buffer): void;
  toClient(bytes: Buffer): void;
  readonly isOpen: boolean;
}

/** Receives every chunk in place of the other side and decides what to forward and when. If absent, all is forwarded at once. */
interface ChunkHook {
  readonly fromClient?: (chunk: Buffer) => void;
  readonly fromServer?: (chunk: Buffer) => void;
}

export interface TcpProxyOptions {
  readonly target: Address;
  /** Called for each new connection; returns the hook for its chunks. */
  readonly hook?: (connection: ProxyConnection) => ChunkHook;
}

/** A network between a client and a server on this machine that a test can disturb. */
export interface TcpProxy {
  readonly port: number;
  /** New connections go to this target. Open connections keep their server, as in a managed failover. */
  pointTo(target: Address): void;
  /** Simulates a firewall or a failover: every connection is reset, and new ones are accepted at once. */
  drop(): void;
  /** Simulates SIGSTOP of a server: connections stay open, new ones are accepted, no byte moves. */
  freeze(): void;
  thaw(): void;
  /** Simulates SIGKILL: every connection is reset, new ones are refused. */
  cut(): void;
  /** Accepts connections again after `cut`, on the same port. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Attempts to listen. A free port is found first and used later, and another test may take it in between. */
const LISTEN_ATTEMPTS = 3;

/** Starts the proxy on a free port of 127.0.0.1. */
export const startTcpProxy = async ({ target, hook = () => ({}) }: TcpProxyOptions): Promise<TcpProxy> => {
  let behind = target;
  let frozen = false;
  const pairs = new Set<Pair>();

  const pause = ({ client, server }: Pair) => {
    client.pause();
    server.pause();
  };
  const serve = (client: Socket): void => {
    const server = connect(behind.port, behind.host ?? '127.0.0.1');
    const pair = { client, server };
    pairs.add(pair);

    const end = () => {
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', end).on('close', end);

    const connection: ProxyConnection = {
      toServer: (bytes) => void server.write(bytes),
      toClient: (bytes) => void client.write(bytes),
      get isOpen() {
        return !client.destroyed;
      },
    };
    const { fromClient = connection.toServer, fromServer = connection.toClient } = hook(connection);
    client.on('data', fromClient);
    server.on('data', fromServer);
    if (frozen) pause(pair);
  };

  const listener = createServer(serve);
  const listen = async (port: number): Promise<void> => {
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
  };
  // The port is not one from the range that the system gives to outgoing connections. While the proxy is cut, such a
  // connection could take it, most likely an attempt of the client itself.
  const listenAnywhere = async (attempts = LISTEN_ATTEMPTS): Promise<number> => {
    const port = await freePort();
    try {
      await listen(port);
      return port;
    } catch (error) {
      if (attempts === 1) throw error;
      return listenAnywhere(attempts - 1);
    }
  };
  const port = await listenAnywhere();

  const drop = () => {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  };

  return {
    port,
    drop,
    pointTo: (next) => {
      behind = next;
    },
    freeze: () => {
      frozen = true;
      for (const pair of pairs) pause(pair);
    },
    thaw: () => {
      frozen = false;
      for (const { client, server } of pairs) {
        client.resume();
        server.resume();
      }
    },
    cut: () => {
      listener.close();
      drop();
    },
    restore: () => listen(port),
    stop: async () => {
      drop();
      if (!listener.listening) return;
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
};
