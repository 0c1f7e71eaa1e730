import { type DeserializeOptions, type Document, deserialize, serialize } from 'bson';

const OP_MSG = 2013;
const HEADER_BYTES = 16;
const CHECKSUM_PRESENT = 1;

/** Splits a TCP byte stream into MongoDB wire messages. `push` takes a chunk and returns the messages that are complete. */
export const createFramer = () => {
  let rest: Buffer = Buffer.alloc(0);

  return {
    push: (chunk: Buffer): readonly Buffer[] => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const frames: Buffer[] = [];
      while (rest.length >= HEADER_BYTES && rest.length >= rest.readInt32LE(0)) {
        const length = rest.readInt32LE(0);
        frames.push(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
      return frames;
    },
  };
};

/** The command in an OP_MSG, with its document sequences as arrays; undefined for any other message. */
export const readCommand = (frame: Buffer, options: DeserializeOptions = {}): Document | undefined => {
  if (frame.readInt32LE(12) !== OP_MSG) return undefined;
  const end = frame.length - (frame.readUInt32LE(16) & CHECKSUM_PRESENT ? 4 : 0);
  const command: Document = {};

  for (let at = HEADER_BYTES + 4; at < end; ) {
    const kind = frame[at];
    const size = frame.readInt32LE(at + 1);
    const section = frame.subarray(at + 1, at + 1 + size);
    if (kind === 0) Object.assign(command, deserialize(section, options));
    else Object.assign(command, readSequence(section));
    at += 1 + size;
  }
  return command;
};

const readSequence = (section: Buffer): Document => {
  const nameEnd = section.indexOf(0, 4);
  const documents: Document[] = [];
  for (let at = nameEnd + 1; at < section.length; ) {
    const size = section.readInt32LE(at);
    documents.push(deserialize(section.subarray(at, at + size)));
    at += size;
  }
  return { [section.toString('utf8', 4, nameEnd)]: documents };
};

/** The reply in an OP_MSG, with numbers as objects of their BSON types, so that it can be encoded again without a change. */
export const readReply = (frame: Buffer): Document | undefined =>
  readCommand(frame, { promoteValues: false });

/** The same message with another body. It must have one section and no checksum, as the replies of servers have. */
export const withBody = (frame: Buffer, body: Document): Buffer => {
  const payload = serialize(body);
  const head = Buffer.from(frame.subarray(0, HEADER_BYTES + 5));
  head.writeInt32LE(head.length + payload.length, 0);
  head.writeUInt32LE(head.readUInt32LE(16) & ~CHECKSUM_PRESENT, 16);
  return Buffer.concat([head, payload]);
};
