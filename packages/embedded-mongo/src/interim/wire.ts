// @ts-nocheck - the measured prototype as it was, so that other packages can test now; replaced by our own engine next
import { Binary, Long, deserialize, serialize, type Document } from 'bson';

export const OP = { REPLY: 1, QUERY: 2004, MSG: 2013 } as const;
const MORE_TO_COME = 1 << 1;
const CHECKSUM = 1;
const MAX_MESSAGE = 48_000_000;

export interface Request {
  id: number;
  opCode: number;
  body: Document;
  /** Client asked for no reply (w:0). */
  silent: boolean;
}

/** Binary whose toString is injective, because mingo compares custom types by toString(). */
export class Bytes extends Binary {
  override toString(): string {
    return `${this.sub_type}:${Buffer.from(this.buffer.buffer, this.buffer.byteOffset, this.position).toString('hex')}`;
  }
}

const BSON_OPTS = { promoteValues: true, promoteLongs: true, promoteBuffers: false, bsonRegExp: false } as const;

function tidy<T>(value: T): T {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Binary) {
    return (value.sub_type === Binary.SUBTYPE_UUID ? value : new Bytes(value.buffer.subarray(0, value.position), value.sub_type)) as T;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = tidy(value[i]);
  } else if ((value as object).constructor === Object) {
    const doc = value as Record<string, unknown>;
    for (const key in doc) {
      const v = doc[key];
      if (v !== null && typeof v === 'object') doc[key] = tidy(v);
    }
  }
  return value;
}

export const parse = (buf: Uint8Array): Document => tidy(deserialize(buf, BSON_OPTS));

/** Splits a TCP byte stream into wire protocol messages. */
export class Framer {
  #chunks: Buffer[] = [];
  #size = 0;

  *push(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= 4) {
      if (this.#chunks[0]!.length < 4) this.#merge();
      const want = this.#chunks[0]!.readInt32LE(0);
      if (want < 16 || want > MAX_MESSAGE) throw new Error(`bad message length ${want}`);
      if (this.#size < want) return;
      if (this.#chunks[0]!.length < want) this.#merge();
      const head = this.#chunks[0]!;
      yield head.subarray(0, want);
      this.#size -= want;
      if (head.length === want) this.#chunks.shift();
      else this.#chunks[0] = head.subarray(want);
    }
  }

  #merge(): void {
    this.#chunks = [Buffer.concat(this.#chunks)];
  }
}

export function decode(msg: Buffer): Request {
  const id = msg.readInt32LE(4);
  const opCode = msg.readInt32LE(12);
  if (opCode === OP.QUERY) {
    const nsEnd = msg.indexOf(0, 20);
    const body = parse(msg.subarray(nsEnd + 9));
    body['$db'] ??= msg.toString('utf8', 20, nsEnd).split('.')[0];
    return { id, opCode, body, silent: false };
  }
  if (opCode !== OP.MSG) throw new Error(`unsupported opcode ${opCode}`);
  const flags = msg.readUInt32LE(16);
  const end = msg.length - (flags & CHECKSUM ? 4 : 0);
  let body: Document = {};
  const sequences: Document = {};
  for (let at = 20; at < end; ) {
    const kind = msg[at++];
    const size = msg.readInt32LE(at);
    if (kind === 0) {
      body = parse(msg.subarray(at, at + size));
    } else if (kind === 1) {
      const nameEnd = msg.indexOf(0, at + 4);
      const docs: Document[] = [];
      for (let p = nameEnd + 1; p < at + size; ) {
        const len = msg.readInt32LE(p);
        docs.push(parse(msg.subarray(p, p + len)));
        p += len;
      }
      sequences[msg.toString('utf8', at + 4, nameEnd)] = docs;
    } else throw new Error(`unknown OP_MSG section kind ${kind}`);
    at += size;
  }
  return { id, opCode, body: Object.assign(body, sequences), silent: (flags & MORE_TO_COME) !== 0 };
}

let nextId = 1;

export function encode(req: Request, doc: Document): Buffer {
  const payload = serialize(doc, { ignoreUndefined: true });
  const isMsg = req.opCode === OP.MSG;
  const offset = isMsg ? 21 : 36;
  const out = Buffer.alloc(offset + payload.length);
  out.writeInt32LE(out.length, 0);
  out.writeInt32LE(nextId++ & 0x7fffffff, 4);
  out.writeInt32LE(req.id, 8);
  out.writeInt32LE(isMsg ? OP.MSG : OP.REPLY, 12);
  if (!isMsg) {
    out.writeInt32LE(8, 16); // AwaitCapable
    out.writeInt32LE(1, 32); // numberReturned
  }
  out.set(payload, offset);
  return out;
}

export const toLong = (n: number): Long => Long.fromNumber(n);
