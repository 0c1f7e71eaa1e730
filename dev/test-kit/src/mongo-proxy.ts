import type { Document } from 'bson';
import { createFramer, readCommand, readReply, withBody } from './mongo-wire.ts';
import { type ProxyConnection, startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A command that the proxy holds back. */
interface Held {
  /** Resolves with the command when it has arrived at the proxy. */
  readonly arrived: Promise<Document>;
  /** Forwards the command. If its client has disconnected, the command never reaches the server. */
  release(): void;
}

/** A TCP proxy in front of a MongoDB. It simulates network faults and can hold back single commands. */
export interface MongoProxy extends Omit<TcpProxy, 'port' | 'pointTo'> {
  uri(database: string): string;
  /** Holds back the next command that `fits` accepts, and everything that its connection sends after it. */
  hold(fits: (command: Document) => boolean): Held;
  /** Calls `onCommand` for every later command, except those that the driver sends to monitor the server. */
  watch(onCommand: (command: Document) => void): void;
  /**
   * Drops all connections once, at the next command that `fits` accepts: either the command is lost on its way to the server, or
   * its answer is lost on the way back. Resolves when this has happened.
   */
  dropAround(lost: 'command' | 'answer', fits: (command: Document) => boolean): Promise<void>;
}

export interface MongoProxyOptions {
  /** Connection string of the server behind the proxy. Its first host must be the primary. */
  readonly target: string;
  /** Changes the answers of the server, to simulate another kind of server. Numbers are objects of their BSON types. */
  readonly rewrite?: (reply: Document) => Document;
}

/** The state of one connection. */
interface Line {
  readonly connection: ProxyConnection;
  /** Frames that wait behind a held frame; undefined while none is held. */
  backlog: Buffer[] | undefined;
  /** Called when the server answers next. The answer is not forwarded. */
  onAnswer?: () => void;
}

/** Receives the next frame whose command fits, in place of the server. */
interface Trap {
  readonly fits: (command: Document) => boolean;
  readonly take: (line: Line, frame: Buffer) => void;
}

const parseTarget = (uri: string) => {
  const [, credentials, host, port, query] =
    /^mongodb:\/\/(?:([^@/]*)@)?([^:/,?]+)(?::(\d+))?[^?]*(?:\?(.*))?$/.exec(uri) ?? [];
  if (host === undefined) throw new Error('the proxy needs a mongodb:// connection string');
  const options = new URLSearchParams(query);
  options.delete('replicaSet');
  // With the member list of the replica set, the driver would connect to the server directly.
  options.set('directConnection', 'true');
  return {
    address: { host, port: Number(port ?? 27_017) },
    userInfo: credentials ? `${credentials}@` : '',
    query: options.toString(),
  };
};

export const startMongoProxy = async ({ target, rewrite }: MongoProxyOptions): Promise<MongoProxy> => {
  const { address, userInfo, query } = parseTarget(target);
  let traps: Trap[] = [];
  let watcher: ((command: Document) => void) | undefined;

  const setTrap = (fits: Trap['fits'], take: Trap['take']): void => {
    const trap: Trap = {
      fits,
      take: (line, frame) => {
        traps = traps.filter((other) => other !== trap);
        take(line, frame);
      },
    };
    traps.push(trap);
  };

  const fromClient = (line: Line, frame: Buffer): void => {
    if (line.backlog) return void line.backlog.push(frame);
    const command = traps.length === 0 && watcher === undefined ? undefined : readCommand(frame);
    if (command && !isDriversOwn(command)) watcher?.(command);
    const trap = command && traps.find(({ fits }) => fits(command));
    if (trap) trap.take(line, frame);
    else line.connection.toServer(frame);
  };

  const fromServer = (line: Line, frame: Buffer): void => {
    const reply = rewrite && readReply(frame);
    line.connection.toClient(reply ? withBody(frame, rewrite(reply)) : frame);
  };

  const {
    port,
    pointTo: _,
    ...proxy
  } = await startTcpProxy({
    target: address,
    hook: (connection) => {
      const line: Line = { connection, backlog: undefined };
      const [requests, replies] = [createFramer(), createFramer()];
      return {
        fromClient: (chunk) => {
          for (const frame of requests.push(chunk)) fromClient(line, frame);
        },
        fromServer: (chunk) => {
          if (line.onAnswer) return void line.onAnswer();
          if (rewrite === undefined) return void connection.toClient(chunk);
          for (const frame of replies.push(chunk)) fromServer(line, frame);
        },
      };
    },
  });

  return {
    ...proxy,
    uri: (database) => `mongodb://${userInfo}127.0.0.1:${port}/${database}?${query}`,

    hold: (fits) => {
      let held: { line: Line; frame: Buffer } | undefined;
      const arrived = new Promise<Document>((resolve) => {
        setTrap(fits, (line, frame) => {
          line.backlog = [];
          held = { line, frame };
          resolve(readCommand(frame) ?? {});
        });
      });
      return {
        arrived,
        release: () => {
          if (!held?.line.connection.isOpen) return;
          const { line, frame } = held;
          const waiting = line.backlog ?? [];
          line.backlog = undefined;
          line.connection.toServer(frame);
          for (const next of waiting) fromClient(line, next);
        },
      };
    },

    dropAround: (lost, fits) =>
      new Promise<void>((resolve) => {
        const happen = () => {
          proxy.drop();
          resolve();
        };
        setTrap(fits, (line, frame) => {
          if (lost === 'command') return happen();
          line.onAnswer = happen;
          line.connection.toServer(frame);
        });
      }),

    watch: (onCommand) => {
      watcher = onCommand;
    },
  };
};

const DRIVERS_OWN = ['hello', 'ismaster', 'ping', 'endSessions'];
const isDriversOwn = (command: Document): boolean => DRIVERS_OWN.some((name) => name in command);
