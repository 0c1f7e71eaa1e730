/** The size limit that the reply to hello contains. */
export const MAX_MESSAGE_BYTES = 48_000_000;
const HEADER_BYTES = 16;

/** Splits a TCP byte stream into whole wire messages. Throws if a length is impossible. */
export const createFramer = () => {
  let chunks: Buffer[] = [];
  let size = 0;

  /** Extends the first chunk until it has at least `bytes` bytes. */
  const head = (bytes: number): Buffer => {
    let first = chunks[0] ?? Buffer.alloc(0);
    if (first.length < bytes) {
      first = Buffer.concat(chunks);
      chunks = [first];
    }
    return first;
  };

  return function* push(chunk: Buffer): Generator<Buffer> {
    chunks.push(chunk);
    size += chunk.length;
    while (size >= 4) {
      const wanted = head(4).readInt32LE(0);
      if (wanted < HEADER_BYTES || wanted > MAX_MESSAGE_BYTES)
        throw new Error(`bad message length ${wanted}`);
      if (size < wanted) return;

      const first = head(wanted);
      size -= wanted;
      if (first.length === wanted) chunks.shift();
      else chunks[0] = first.subarray(wanted);
      yield first.subarray(0, wanted);
    }
  };
};
