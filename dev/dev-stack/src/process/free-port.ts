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
/** Where this process looks next. */
let next = randomInt(FIRST, PAST);

/**
 * A port on 127.0.0.1 that is free now, for programs that must be told theirs. From below the ranges that systems hand out
 * by themselves (Linux 32768, macOS and Windows 49152), so no outgoing connection takes it in the meantime. One after
 * another from a random start, not each drawn by itself: of the dozen that a stack needs before anything listens no two are
 * the same then, and those of two stacks seldom meet.
 */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = next;
    next = port + 1 < PAST ? port + 1 : FIRST;
    if (await canListen(port)) return port;
  }
  throw new Error(`no free port from ${FIRST} to ${PAST} on 127.0.0.1`);
};
