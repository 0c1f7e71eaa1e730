import { once } from 'node:events';
import { connect } from 'node:net';
import { Redis } from 'ioredis';

/** Records every command that Redis receives. */
export interface RedisWatch {
  /**
   * Every different command that MONITOR has shown so far, one line each, raw and with its escapes decoded. Waits until every
   * earlier command has arrived. Time and client are left out, so that a command that was sent a thousand times is one line.
   */
  commands(): Promise<Buffer>;
  /** Every raw line so far. */
  lines(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts MONITOR before any other client connects. MONITOR shows every command, also those inside scripts. */
export const watchRedis = async (url: string): Promise<RedisWatch> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  let ended = false;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('close', () => {
    ended = true;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write('MONITOR\r\n');
  await once(socket, 'data');

  const marker = new Redis(url);
  let markers = 0;

  const allSent = async (): Promise<Buffer> => {
    const mark = `all-of-it-${++markers}`;
    await marker.echo(mark);
    while (!ended && !Buffer.concat(chunks.slice(-3)).includes(mark)) await once(socket, 'data');
    // Redis disconnects a MONITOR client that reads too slowly. Then the search would cover only a part.
    if (ended) throw new Error('Redis closed the MONITOR connection');
    return Buffer.concat(chunks);
  };

  return {
    commands: async () => {
      const lines = (await allSent()).toString('latin1').split('\r\n');
      const sent = Buffer.from([...new Set(lines.map(commandOf))].join('\r\n'), 'latin1');
      return Buffer.concat([sent, Buffer.from('\n'), unescapeMonitor(sent)]);
    },
    lines: async () => (await allSent()).toString('latin1').split('\r\n').filter(Boolean),
    stop: async () => {
      marker.disconnect();
      socket.destroy();
    },
  };
};

/** A line of MONITOR without its time and its sender: `+1700000000.123456 [0 127.0.0.1:50000] "GET" "key"`. */
const commandOf = (line: string): string => line.replace(/^\+?\d+\.\d+ \[\d+ \S+\] /, '');

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' };

/** Decodes `\xHH`, with which MONITOR prints bytes that are not ASCII, because the search compares bytes. */
const unescapeMonitor = (sent: Buffer): Buffer =>
  Buffer.from(
    sent
      .toString('latin1')
      .replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_, byte: string | undefined, letter: string) =>
        byte === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(byte, 16)),
      ),
    'latin1',
  );

/** Every present key with its value, of every type. */
export const readRedis = async (redis: Redis): Promise<readonly Buffer[]> => {
  const parts: Buffer[] = [];
  const keep = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) keep(item);
    else if (value !== null) parts.push(Buffer.isBuffer(value) ? value : Buffer.from(String(value)));
  };
  const databases = [...(await redis.info('keyspace')).matchAll(/^db(\d+):/gm)].map(([, index]) => index);
  if (databases.some((index) => index !== '0')) throw new Error('Redis holds more than database 0');

  let cursor = '0';
  do {
    const [next, keys] = await redis.scanBuffer(cursor, 'COUNT', 1_000);
    cursor = next.toString();
    for (const key of keys) keep([key, await readKey(redis, key)]);
  } while (cursor !== '0');
  return parts;
};

const READERS: Readonly<Record<string, readonly [command: string, ...rest: string[]]>> = {
  string: ['GET'],
  hash: ['HGETALL'],
  list: ['LRANGE', '0', '-1'],
  set: ['SMEMBERS'],
  zset: ['ZRANGE', '0', '-1', 'WITHSCORES'],
  stream: ['XRANGE', '-', '+'],
};

const readKey = async (redis: Redis, key: Buffer): Promise<unknown> => {
  const type = await redis.type(key);
  if (type === 'none') return []; // the key was deleted after the scan
  const reader = READERS[type];
  if (!reader) throw new Error(`a Redis key of type ${type}, which nobody reads yet`);

  const [command, ...rest] = reader;
  return redis.callBuffer(command, key, ...rest);
};

/** Joins values with separators, so that no value is found across two of them. */
export const joined = (parts: readonly Buffer[]): Buffer =>
  Buffer.concat(parts.flatMap((part): Buffer[] => [part, Buffer.from('\n\0\n')]));
