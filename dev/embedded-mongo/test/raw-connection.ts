import { connect, type Socket } from 'node:net';
import { type Document, deserialize, serialize } from 'bson';

/** Builds an OP_MSG with one body. */
export const messageOf = (body: Document, requestId = 1): Buffer => {
  const payload = serialize(body);
  const header = Buffer.alloc(21);
  header.writeInt32LE(21 + payload.length, 0);
  header.writeInt32LE(requestId, 4);
  header.writeInt32LE(2013, 12);
  return Buffer.concat([header, payload]);
};

/** A connection that sends exactly the given bytes, for retries and damaged messages that a driver would not send. */
export const openRaw = async (host: string, port: number) => {
  const socket: Socket = connect(port, host);
  const replies: Document[] = [];
  const waiting: ((reply: Document) => void)[] = [];
  let buffer = Buffer.alloc(0);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 4 && buffer.length >= buffer.readInt32LE(0)) {
      const length = buffer.readInt32LE(0);
      const legacy = buffer.readInt32LE(12) === 1;
      const reply = deserialize(buffer.subarray(legacy ? 36 : 21, length));
      buffer = buffer.subarray(length);
      const next = waiting.shift();
      if (next) next(reply);
      else replies.push(reply);
    }
  });
  const reply = () =>
    new Promise<Document>((resolve) => {
      const early = replies.shift();
      if (early) resolve(early);
      else waiting.push(resolve);
    });
  return {
    socket,
    closed,
    write: (bytes: Buffer) => socket.write(bytes),
    send: (body: Document): Promise<Document> => {
      socket.write(messageOf(body));
      return reply();
    },
    reply,
    close: () => socket.destroy(),
  };
};
