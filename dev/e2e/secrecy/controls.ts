import { randomBytes } from 'node:crypto';
import { Binary } from 'bson';
import type { Redis } from 'ioredis';
import type { Db } from 'mongodb';
import { writeEveryWay } from './encodings.ts';
import { type Secret, secretOf } from './search.ts';

/**
 * Values that look like secrets and are planted on purpose, one per place and form. If the search does not find all of them, the
 * fact that it finds no real secret proves nothing.
 */
export interface Controls {
  readonly secrets: readonly Secret[];
  /** Number of planted values. */
  readonly count: number;
}

interface Planted {
  readonly secret: Secret;
  readonly text: string;
}

/** A value like a password that contains the characters that encoders escape. */
const newValue = (): string => `Kontrolle "${randomBytes(12).toString('base64')}" & 100 % ü=\\`;

const newControls = (place: string): readonly Planted[] =>
  writeEveryWay('').map((_, form) => {
    const value = newValue();
    const { encoding, variant, text } = writeEveryWay(value)[form] ?? { encoding: '', variant: '', text: '' };
    return { secret: secretOf(`control in ${place} as ${encoding}, ${variant}`, value), text };
  });

const summary = (planted: readonly Planted[]): Controls => ({
  secrets: planted.map(({ secret }) => secret),
  count: planted.length,
});

const PREFIX = 'control:';

/** Plants values in every data type of Redis, in fields and in key names. The keys stay until {@link removeFromRedis}. */
export const plantInRedis = async (redis: Redis): Promise<Controls> => {
  const writers: Readonly<Record<string, (key: string, text: string) => Promise<unknown>>> = {
    string: (key, text) => redis.set(key, text),
    'hash field': (key, text) => redis.hset(key, text, '1'),
    'hash value': (key, text) => redis.hset(key, 'field', text),
    list: (key, text) => redis.rpush(key, 'first', text),
    set: (key, text) => redis.sadd(key, text),
    zset: (key, text) => redis.zadd(key, 1, text),
    stream: (key, text) => redis.xadd(key, '*', 'field', text),
    'key name': (key, text) => redis.set(`${key}${text}`, '1'),
    script: (key, text) => redis.eval("return redis.call('SET', KEYS[1], ARGV[1])", 1, key, text),
  };

  const all: Planted[] = [];
  for (const [place, write] of Object.entries(writers)) {
    for (const [index, planted] of newControls(`a Redis ${place}`).entries()) {
      await write(`${PREFIX}${place}:${index}`, planted.text);
      all.push(planted);
    }
  }
  return summary(all);
};

export const removeFromRedis = async (redis: Redis): Promise<void> => {
  const keys = await redis.keysBuffer(`${PREFIX}*`);
  await redis.del(...keys);
};

const COLLECTION = 'control';

/** Plants values in a field, in a nested list, in a field name, and in binary data. */
export const plantInMongo = async (db: Db): Promise<Controls> => {
  const documents: Readonly<Record<string, (text: string) => object>> = {
    'a field': (text) => ({ field: text }),
    'a list in a document': (text) => ({ deep: { list: [1, { text }] } }),
    'a field name': (text) => ({ deep: { [text.replaceAll('.', '').replaceAll('$', '')]: 1 } }),
    'binary data': (text) => ({ data: new Binary(Buffer.from(text)) }),
  };

  const all: Planted[] = [];
  for (const [place, documentOf] of Object.entries(documents)) {
    // Binary data is shown as base64, so only plain text in it must be found.
    const planted = newControls(`${place} in MongoDB`).filter(
      ({ secret }) => place !== 'binary data' || secret.name.endsWith('plain, amid text'),
    );
    await db.collection(COLLECTION).insertMany(planted.map(({ text }) => documentOf(text)));
    all.push(...planted);
  }
  return summary(all);
};

export const removeFromMongo = async (db: Db): Promise<void> => {
  await db.collection(COLLECTION).drop();
};

/** Options for Node that make an app write planted values to its stdout and stderr before its log. */
export const plantInLog = (app: string): Controls & { readonly nodeOptions: string } => {
  const streams = { stdout: newControls(`the ${app}'s stdout`), stderr: newControls(`the ${app}'s stderr`) };
  const lines = (planted: readonly Planted[]) =>
    JSON.stringify(planted.map(({ text }) => `{"level":10,"msg":${JSON.stringify(text)}}\n`).join(''));
  // Only the app writes them. Its guardian and its threads inherit the options and must not.
  const source = `import { writeSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    if (isMainThread && process.argv[1]?.endsWith('main.js')) {
      writeSync(1, ${lines(streams.stdout)});
      writeSync(2, ${lines(streams.stderr)});
    }`;

  return {
    ...summary([...streams.stdout, ...streams.stderr]),
    nodeOptions: `--import=data:text/javascript;base64,${Buffer.from(source).toString('base64')}`,
  };
};
