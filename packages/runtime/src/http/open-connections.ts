import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Knows what every connection of a server is busy with. Node does not tell. */
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
    /** Tells the clients whose answers are under way not to send the next request here. */
    announceEnd(): void {
      for (const exchanges of open.values()) {
        for (const { response } of exchanges) {
          if (!response.headersSent) response.setHeader('Connection', 'close');
        }
      }
    },
    /** Ends every connection on which no request is being worked on: silent ones, half requests, answers nobody reads. */
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
