import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const canListen = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
};

const FIRST = 20_000;
const PAST = 32_000;
/** The port that this process checks next. */
let next = randomInt(FIRST, PAST);

/**
 * Finds a port on 127.0.0.1 that is free now, for a program that needs a fixed port. It is below the ranges that systems use for
 * outgoing connections (Linux from 32768, macOS and Windows from 49152), so no such connection takes it meanwhile. The ports are
 * checked one after the other from a random start. So the dozen ports that one stack needs before any of them is in use differ
 * from each other, and the ports of two stacks are seldom the same.
 */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = next;
    next = port + 1 < PAST ? port + 1 : FIRST;
    if (await canListen(port)) return port;
  }
  throw new Error(`no free port from ${FIRST} to ${PAST} on 127.0.0.1`);
};
