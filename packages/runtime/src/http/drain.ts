import type { IncomingMessage } from 'node:http';

/** A client that sends more than this after the answer does not read the answer. */
const MAX_DRAINED_BYTES = 1024 * 1024;

/**
 * Reads the rest of a request's body and drops it, so that the client can read an early answer and use the connection again.
 * After 1 MiB the connection is closed, because Node would read until the request's timeout.
 */
export const drain = (request: IncomingMessage): void => {
  if (request.complete) return;

  let left = MAX_DRAINED_BYTES;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  // Needed when an earlier reader has paused the request.
  request.resume();
};
