import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Tracks the requests of every connection of a server, because Node does not offer this. */
export const watchConnections = (server: Server) => {
  const open = new Map<Socket, Set<{ request: IncomingMessage; response: ServerResponse }>>();

  server.on('connection', (socket) => {
    open.set(socket, new Set());
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', (request, response) => {
    const exchanges = open.get(request.socket);
    const exchange = { request, response };
    exchanges?.add(exchange);
    response.once('close', () => exchanges?.delete(exchange));
  });

  return {
    /** Adds `Connection: close` to the answers that have not begun, so that their clients send the next request elsewhere. */
    announceEnd(): void {
      for (const exchanges of open.values()) {
        for (const { response } of exchanges) {
          if (!response.headersSent) response.setHeader('Connection', 'close');
        }
      }
    },
    /**
     * Closes every connection on which no request is being processed: without a request, with half a request, or with an answer
     * that the client does not read.
     */
    endUnused(): void {
      for (const [socket, exchanges] of open) {
        const worked = [...exchanges].some(
          ({ request, response }) => request.complete && !response.writableEnded,
        );
        if (!worked) socket.destroy();
      }
    },
  };
};
