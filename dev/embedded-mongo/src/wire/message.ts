import { serialize } from 'bson';
import { type Doc, setField } from '../bson/document.ts';
import { parseDocument } from '../bson/parse.ts';
import { Fault } from '../errors.ts';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const CHECKSUM_PRESENT = 1 << 0;
const MORE_TO_COME = 1 << 1;
/** Bits 0 to 15 change how a message is read, so an unknown one of them must not be ignored. */
const UNKNOWN_REQUIRED_FLAGS = 0xffff & ~(CHECKSUM_PRESENT | MORE_TO_COME);

export interface Envelope {
  readonly id: number;
  readonly legacy: boolean;
}

export interface Request extends Envelope {
  readonly body: Doc;
  /** The client expects no reply (w: 0). */
  readonly silent: boolean;
}

const damaged = (why: string): Fault => new Fault(22, 'InvalidBSON', `damaged message: ${why}`);

const documentAt = (message: Buffer, at: number, end: number): { doc: Doc; next: number } => {
  if (at + 5 > end) throw damaged('a document is cut off');
  const length = message.readInt32LE(at);
  if (length < 5 || at + length > end) throw damaged('a document does not fit its message');
  return { doc: parseDocument(message.subarray(at, at + length)), next: at + length };
};

/** Reads the legacy message, in which drivers send `isMaster` at the start of a connection. */
const decodeQuery = (message: Buffer, id: number): Request => {
  const nameEnd = message.indexOf(0, 20);
  if (nameEnd < 0) throw damaged('a name has no end');
  const { doc } = documentAt(message, nameEnd + 9, message.length);
  const database = message.toString('utf8', 20, nameEnd).split('.')[0];
  return { id, legacy: true, silent: false, body: { ...doc, $db: doc['$db'] ?? database } };
};

const sequenceAt = (message: Buffer, at: number, end: number) => {
  if (at + 4 > end) throw damaged('a section is cut off');
  const sectionEnd = at + message.readInt32LE(at);
  const nameEnd = message.indexOf(0, at + 4);
  if (sectionEnd > end || nameEnd < 0 || nameEnd >= sectionEnd) throw damaged('a section has a wrong length');

  const docs: Doc[] = [];
  let next = nameEnd + 1;
  while (next < sectionEnd) {
    const read = documentAt(message, next, sectionEnd);
    docs.push(read.doc);
    next = read.next;
  }
  return { name: message.toString('utf8', at + 4, nameEnd), docs, next };
};

const decodeMessage = (message: Buffer, id: number): Request => {
  if (message.length < 21) throw damaged('it is too short');
  const flags = message.readUInt32LE(16);
  if (flags & UNKNOWN_REQUIRED_FLAGS) throw damaged('it has an unknown flag');

  const end = message.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  let body: Doc | undefined;
  const sequences = new Map<string, Doc[]>();
  let at = 20;
  while (at < end) {
    const kind = message[at];
    if (kind === 0) {
      if (body) throw damaged('it has two bodies');
      const read = documentAt(message, at + 1, end);
      body = read.doc;
      at = read.next;
    } else if (kind === 1) {
      const read = sequenceAt(message, at + 1, end);
      sequences.set(read.name, read.docs);
      at = read.next;
    } else throw damaged(`it has a section of unknown kind ${kind}`);
  }
  if (!body) throw damaged('it has no body');

  for (const [name, docs] of sequences) setField(body, name, docs);
  return { id, legacy: false, silent: (flags & MORE_TO_COME) !== 0, body };
};

/** Reads only the header, so that a message with a damaged body can still be answered. */
export const envelopeOf = (message: Buffer): Envelope => {
  const opCode = message.readInt32LE(12);
  if (opCode !== OP_MSG && opCode !== OP_QUERY) throw new Error(`unsupported opcode ${opCode}`);
  return { id: message.readInt32LE(4), legacy: opCode === OP_QUERY };
};

/** Reads a whole message. Every error in it is a fault of the sender, not a defect of this server. */
export const decodeRequest = (message: Buffer, envelope: Envelope): Request => {
  try {
    return envelope.legacy ? decodeQuery(message, envelope.id) : decodeMessage(message, envelope.id);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw damaged(error instanceof Error ? error.message : String(error));
  }
};

let nextId = 1;

export const encodeReply = (request: Envelope, reply: Doc): Buffer => {
  const payload = serialize(reply, { ignoreUndefined: true });
  const offset = request.legacy ? 36 : 21;
  const out = Buffer.alloc(offset + payload.length);
  out.writeInt32LE(out.length, 0);
  out.writeInt32LE(nextId, 4);
  nextId = (nextId + 1) & 0x7fffffff;
  out.writeInt32LE(request.id, 8);
  out.writeInt32LE(request.legacy ? OP_REPLY : OP_MSG, 12);
  if (request.legacy) {
    const awaitCapable = 8;
    out.writeInt32LE(awaitCapable, 16);
    out.writeInt32LE(1, 32);
  }
  out.set(payload, offset);
  return out;
};
