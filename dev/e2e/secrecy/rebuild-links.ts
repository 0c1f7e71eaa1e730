import { createHash, createHmac } from 'node:crypto';

export interface RebuildInput {
  /** Whatever somebody got hold of: database, Redis, logs. */
  readonly dumps: readonly Buffer[];
  /** Every key the applications have, whatever it is for. */
  readonly keys: readonly Uint8Array[];
}

/**
 * Tries to do what the worker does when it mints: every request id with every 16 bytes found anywhere and every key. Answers
 * the tokens that are worth something, which is what a token row in the dumps says.
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

/** Half of random bytes are above ASCII; fewer than this among 16 are, once in 500 times. */
const LEAST_HIGH = 3;
const HIGH_BYTE = /[\x80-\xff]/;

/** Written down a second time, on purpose: an attacker has the paper, not our module. */
export const deriveToken = (key: Uint8Array, requestId: Uint8Array, seed: Uint8Array): string =>
  createHmac('sha256', key)
    .update('latchkey/v1\0password-reset\0')
    .update(requestId)
    .update(seed)
    .digest('base64url');

/**
 * Every 16 bytes that the texts spell out: at every place of every run of hex, of base64 and of base64url, wherever in a run
 * their encoding began; and those that are just there and do not look like text.
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
