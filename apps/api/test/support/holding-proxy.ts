import { connect, createServer } from 'node:net';

/** Passes bytes to a port on 127.0.0.1 and back; while held, what clients send waits. */
export const startHoldingProxy = async (target: number) => {
  const sockets = new Set<{ destroy(): unknown }>();
  let holding = false;
  let parked: (() => void)[] = [];
  let noticed: (() => void) | undefined;

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      // Only inserts are held; the driver's own monitoring goes on.
      if (holding && chunk.includes('latchkey_requests')) {
        parked.push(() => upstream.write(chunk));
        noticed?.();
      } else {
        upstream.write(chunk);
      }
    });
    upstream.on('data', (chunk) => client.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    port: address.port,
    hold: () => {
      holding = true;
    },
    waiting: () =>
      new Promise<void>((resolve) => {
        if (parked.length > 0) resolve();
        else noticed = resolve;
      }),
    release: () => {
      holding = false;
      for (const pass of parked) pass();
      parked = [];
    },
    stop: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};
