import type { Readable } from 'node:stream';

/** Calls `onLine` for every complete line of a stream, and at its end for an incomplete last line. */
export const eachLine = (stream: Readable, onLine: (line: string) => void): void => {
  let rest = '';
  stream.setEncoding('utf8');

  stream.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) onLine(part.replace(/\r$/, ''));
  });

  stream.on('end', () => {
    if (rest !== '') onLine(rest);
    rest = '';
  });
};
