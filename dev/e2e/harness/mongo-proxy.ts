import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '@latchkey/dev-stack';
import type { Document } from 'bson';
import { createFramer, readCommand, withBody } from './mongo-wire.ts';

/** A command that the proxy keeps from the server. */
export interface Held {
  /** Resolves with the command when it has arrived. */
  readonly arrived: Promise<Document>;
  /** Lets it through. When its sender has gone it never reaches the server. */
  release(): void;
}

/** A TCP proxy in front of a MongoDB, for being a bad network and a hand on single commands. */
export interface MongoProxy {
  uri(database: string): string;
  /** Keeps the next command that fits, and whatever its connection sends after it. */
  hold(fits: (command: Document) => boolean): Held;
  /** Calls back with every command that passes from now on, the driver's own look at the server excepted. */
  watch(onCommand: (command: Document) => void): void;
  /** As SIGSTOP does to a server: connections stay open, new ones are accepted, no byte moves. */
  freeze(): void;
  thaw(): void;
  /** As a firewall or a failover does: every connection is reset, new ones are taken at once. */
  drop(): void;
  /**
   * The same, once, around the next command that fits: it is lost on its way to the server, or its answer is lost on the way
   * back. Resolves when it has happened.
   */
  dropAround(lost: 'command' | 'answer', fits: (command: Document) => boolean): Promise<void>;
  /** As SIGKILL does: every connection is reset, new ones are refused. */
  cut(): void;
  restore(): Promise<void>;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  held: boolean;
  /** Called instead of passing on what the server answers next. */
  onAnswer?: () => void;
}

export interface MongoProxyOptions {
  /** Connection string of the server behind; its first host must be the primary. */
  readonly target: string;
  /** Changes what the server answers, for being another kind of server. */
  readonly rewrite?: (reply: Document) => Document;
}

const parseTarget = (uri: string) => {
  const [, credentials, host, port, query] =
    /^mongodb:\/\/(?:([^@/]*)@)?([^:/,?]+)(?::(\d+))?[^?]*(?:\?(.*))?$/.exec(uri) ?? [];
  if (host === undefined) throw new Error('the proxy needs a mongodb:// connection string');
  const options = new URLSearchParams(query);
  options.delete('replicaSet');
  // The set's own member list would lead the driver past the proxy.
  options.set('directConnection', 'true');
  return {
    host,
    port: Number(port ?? 27_017),
    userInfo: credentials ? `${credentials}@` : '',
    query: options.toString(),
  };
};

export const startMongoProxy = async ({ target, rewrite }: MongoProxyOptions): Promise<MongoProxy> => {
  const { host, port: targetPort, userInfo, query } = parseTarget(target);
  const pairs = new Set<Pair>();
  let holds: { fits: (command: Document) => boolean; take: (pair: Pair, frame: Buffer) => void }[] = [];
  let frozen = false;
  let watcher: ((command: Document) => void) | undefined;

  const fromClient = (pair: Pair, frame: Buffer): void => {
    const command = holds.length === 0 && watcher === undefined ? undefined : readCommand(frame);
    if (command && !isDriversOwn(command)) watcher?.(command);
    const hold = command && holds.find(({ fits }) => fits(command));
    if (hold) hold.take(pair, frame);
    else pair.server.write(frame);
  };

  const serve = (client: Socket): void => {
    const server = connect(targetPort, host);
    const pair: Pair = { client, server, held: false };
    pairs.add(pair);

    const end = () => {
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', end).on('close', end);

    const requests = createFramer();
    const backlog: Buffer[] = [];
    client.on('data', (chunk: Buffer) => {
      for (const frame of requests.push(chunk)) {
        if (pair.held) backlog.push(frame);
        else fromClient(pair, frame);
      }
    });
    pair.client.on('released', () => {
      for (const frame of backlog.splice(0)) fromClient(pair, frame);
    });

    const replies = createFramer();
    server.on('data', (chunk: Buffer) => {
      if (pair.onAnswer) return void pair.onAnswer();
      if (rewrite === undefined) return void client.write(chunk);
      for (const frame of replies.push(chunk)) {
        const reply = readCommand(frame);
        client.write(reply ? withBody(frame, rewrite(reply)) : frame);
      }
    });
    if (frozen) pause(pair);
  };

  const pause = ({ client, server }: Pair) => {
    client.pause();
    server.pause();
  };

  const listener = createServer(serve);
  const listen = async (port: number): Promise<void> => {
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
  };
  // Not one that the system hands out: while cut, an outgoing connection could take it, the driver's own attempts first of all.
  const listenAnywhere = async (attempts = 3): Promise<number> => {
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

  const dropAll = () => {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  };

  return {
    uri: (database) => `mongodb://${userInfo}127.0.0.1:${port}/${database}?${query}`,

    hold: (fits) => {
      let held: { pair: Pair; frame: Buffer } | undefined;
      const arrived = new Promise<Document>((resolve) => {
        const hold = {
          fits,
          take: (pair: Pair, frame: Buffer) => {
            holds = holds.filter((other) => other !== hold);
            pair.held = true;
            held = { pair, frame };
            resolve(readCommand(frame) ?? {});
          },
        };
        holds.push(hold);
      });
      return {
        arrived,
        release: () => {
          if (held === undefined || held.pair.client.destroyed) return;
          held.pair.held = false;
          held.pair.server.write(held.frame);
          held.pair.client.emit('released');
        },
      };
    },

    drop: dropAll,

    dropAround: (lost, fits) =>
      new Promise<void>((resolve) => {
        const happen = () => {
          dropAll();
          resolve();
        };
        const hold = {
          fits,
          take: (pair: Pair, frame: Buffer) => {
            holds = holds.filter((other) => other !== hold);
            if (lost === 'command') return happen();
            pair.onAnswer = happen;
            pair.server.write(frame);
          },
        };
        holds.push(hold);
      }),

    watch: (onCommand) => {
      watcher = onCommand;
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
      dropAll();
    },
    restore: () => listen(port),

    stop: async () => {
      dropAll();
      if (!listener.listening) return;
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
};

const DRIVERS_OWN = ['hello', 'ismaster', 'ping', 'endSessions'];
const isDriversOwn = (command: Document): boolean => DRIVERS_OWN.some((name) => name in command);
