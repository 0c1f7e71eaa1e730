import { createServer as createTcpServer, type Socket } from 'node:net';
import { REPLICA_SET } from './commands/diagnostics.ts';
import { createDispatch } from './commands/dispatch.ts';
import { requireLoopback } from './loopback.ts';
import { createCursors } from './sessions/cursors.ts';
import { createSessions } from './sessions/sessions.ts';
import { createStore } from './store/store.ts';
import { expireDocuments } from './ttl.ts';
import { serveConnection } from './wire/connection.ts';

/** The same default as transactionLifetimeLimitSeconds in MongoDB. */
const TRANSACTION_LIFETIME_MS = 60_000;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly ttlIntervalMs: number;
  readonly log: (line: string) => void;
  /** Time after which an open transaction is aborted, so that it no longer holds its documents. */
  readonly transactionLifetimeMs?: number;
}

/** Connects all parts and starts listening. */
export const startServer = async ({
  host,
  port,
  ttlIntervalMs,
  log,
  transactionLifetimeMs = TRANSACTION_LIFETIME_MS,
}: ServerOptions) => {
  requireLoopback(host);
  const store = createStore();
  const sessions = createSessions(store, transactionLifetimeMs);
  const cursors = createCursors();
  const sockets = new Set<Socket>();
  let address = '';

  const dispatch = createDispatch(
    { store, sessions, cursors, startedAt: Date.now(), address: () => address },
    (error) => log(`defect in the embedded server: ${error instanceof Error ? error.stack : String(error)}`),
  );
  const server = createTcpServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, dispatch);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  const boundPort = typeof bound === 'object' && bound ? bound.port : port;
  address = `${host.includes(':') ? `[${host}]` : host}:${boundPort}`;

  const housekeeping = setInterval(() => {
    const now = Date.now();
    sessions.expire(now);
    cursors.expire(now);
    expireDocuments(store, now);
  }, ttlIntervalMs);
  housekeeping.unref();

  log(
    `embedded-mongo listens on ${address}: a stand-in for MongoDB, for development and tests only, in memory only, on loopback only`,
  );
  return {
    host,
    port: boundPort,
    uri: (database = 'test') => `mongodb://${address}/${database}?replicaSet=${REPLICA_SET}`,
    stop: async (): Promise<void> => {
      clearInterval(housekeeping);
      for (const socket of sockets) socket.destroy();
      sessions.close();
      cursors.close();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
