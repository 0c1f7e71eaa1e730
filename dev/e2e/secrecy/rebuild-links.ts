import { createHash, createHmac } from 'node:crypto';

export interface RebuildInput {
  /** The data that an attacker has taken: database, Redis, logs. */
  readonly dumps: readonly Buffer[];
  /** Every key of the apps, for any purpose. */
  readonly keys: readonly Uint8Array[];
}

/**
 * Tries to derive tokens as the worker does: from every request id, every sequence of 16 bytes in the dumps, and every key.
 * Returns the tokens that work, which are those whose hash is in the dumps.
 */
export const rebuildLinks = ({ dumps, keys }: RebuildInput): readonly string[] => {
  const texts = dumps.map((dump) => dump.toString('latin1'));
  const ids = distinct(texts.flatMap((text) => text.match(/(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/g) ?? []));
  const worthIt = new Set(
    texts.flatMap((text) => text.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g) ?? []),
  );
  const seeds = sixteenBytesIn(texts);

  const rebuilt: string[] = [];
  for (const key of keys) {
    for (const id of ids) {
      const requestId = Buffer.from(id, 'hex');
      for (const seed of seeds) {
        const token = deriveToken(key, requestId, seed);
        if (worthIt.has(createHash('sha256').update(token).digest('hex'))) rebuilt.push(token);
      }
    }
  }
  return rebuilt;
};

/** Of 16 random bytes, half are above ASCII on average. Fewer than this number are above ASCII once in 500 times. */
const LEAST_HIGH = 3;
const HIGH_BYTE = /[\x80-\xff]/;

/** A second implementation on purpose, because an attacker knows the documented algorithm and does not import the module. */
export const deriveToken = (key: Uint8Array, requestId: Uint8Array, seed: Uint8Array): string =>
  createHmac('sha256', key)
    .update('latchkey/v1\0password-reset\0')
    .update(requestId)
    .update(seed)
    .digest('base64url');

/**
 * Every sequence of 16 bytes in the texts: decoded from every position of every run of hex, base64 and base64url characters, and
 * raw bytes that do not look like text.
 */
export const sixteenBytesIn = (texts: readonly string[]): readonly Buffer[] => {
  const found = new Set<string>();
  const addWindows = (bytes: Buffer): void => {
    for (let at = 0; at + 16 <= bytes.length; at += 1) found.add(bytes.toString('latin1', at, at + 16));
  };

  const addUnlikeText = (bytes: Buffer): void => {
    for (let at = 0, high = 0; at < bytes.length; at += 1) {
      high += Number((bytes[at] ?? 0) > 0x7f) - Number((bytes[at - 16] ?? 0) > 0x7f);
      if (high >= LEAST_HIGH && at >= 15) found.add(bytes.toString('latin1', at - 15, at + 1));
    }
  };

  for (const text of texts) {
    for (const run of text.match(/[0-9a-f]{32,}/gi) ?? []) {
      addWindows(Buffer.from(run.slice(0, run.length & ~1), 'hex'));
      addWindows(Buffer.from(run.slice(1, 1 + ((run.length - 1) & ~1)), 'hex'));
    }
    for (const run of text.match(/[\w+/-]{22,}/g) ?? []) {
      if (/^[0-9a-f]+$/.test(run)) continue;
      for (const from of [0, 1, 2, 3]) addWindows(Buffer.from(run.slice(from), 'base64'));
    }
    for (const run of text.match(/[^\n]{16,}/g) ?? []) {
      if (HIGH_BYTE.test(run)) addUnlikeText(Buffer.from(run, 'latin1'));
    }
    for (const uuid of text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi) ?? []) {
      addWindows(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
    }
  }
  return [...found].map((bytes) => Buffer.from(bytes, 'latin1'));
};

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)];
