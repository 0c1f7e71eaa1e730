import { once } from 'node:events';
import { connect } from 'node:net';
import { requestBody } from '@latchkey/test-kit/graphql';

interface TimedAnswer {
  /** Milliseconds from the first written byte to the last read byte. */
  readonly ms: number;
  /** Status line, headers and body as received. */
  readonly text: string;
}

/** A client with one connection and one request at a time. Each request is prepared before its time starts, for exact times. */
export interface KeepAliveClient {
  /** `from`: the client address for X-Forwarded-For. Without it the header is not sent. */
  request(email: string, from?: string): Promise<TimedAnswer>;
  close(): void;
}

export const openKeepAliveClient = async (url: string): Promise<KeepAliveClient> => {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.setNoDelay(true).setEncoding('latin1');

  let text = '';
  let finish: ((error?: Error) => void) | undefined;
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (isComplete(text)) finish?.();
  });
  const lost = () => finish?.(new Error('the connection was closed'));
  socket.on('close', lost).on('error', lost);

  const bytesOf = (email: string, from?: string): Buffer => {
    const body = JSON.stringify(requestBody({ email }));
    const forwarded = from === undefined ? '' : `X-Forwarded-For: ${from}\r\n`;
    return Buffer.from(
      `POST /graphql HTTP/1.1\r\nHost: ${host}\r\n${forwarded}Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };

  return {
    request: (email, from) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection was closed'));
        const bytes = bytesOf(email, from);
        text = '';
        let startedAt = 0;
        finish = (error) => {
          const ms = performance.now() - startedAt;
          finish = undefined;
          if (error) reject(error);
          else resolve({ ms, text });
        };
        startedAt = performance.now();
        socket.write(bytes);
      }),
    close: () => void socket.destroy(),
  };
};

const isComplete = (text: string): boolean => {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  if (length !== undefined) return text.length >= head + 4 + Number(length);
  return text.endsWith('\r\n0\r\n\r\n');
};
