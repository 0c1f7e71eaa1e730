import type { IncomingMessage } from 'node:http';

/** A client that sends more than this after its answer is not listening to it. */
const MAX_DRAINED_BYTES = 1024 * 1024;

/**
 * Lets what is left of a body pass by unkept, so that its client gets to read an answer that came early and may use the
 * connection again; past 1 MiB it is hung up. Node itself would read on until the request's timeout.
 */
export const drain = (request: IncomingMessage): void => {
  if (request.complete) return;

  let left = MAX_DRAINED_BYTES;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  // Also where somebody stopped reading.
  request.resume();
};
