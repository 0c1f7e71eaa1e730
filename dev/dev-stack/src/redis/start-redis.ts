import { tmpdir } from 'node:os';
import { type Log, silent } from '../log.ts';
import { baseEnvironment } from '../process/base-environment.ts';
import { freePort } from '../process/free-port.ts';
import { spawnGuarded } from '../process/guarded-process.ts';
import { checkRedis } from './check-redis.ts';
import { findRedis, type RedisBinary } from './find-redis.ts';

/** A Redis to work with: one that was named, or one of our own. */
export interface RunningRedis {
  readonly url: string;
  readonly port: number;
  /** Where it came from, for people: `REDIS_URL`, a path, or the archive it was unpacked from. */
  readonly source: string;
  /** Null when it is not ours. */
  readonly pid: number | null;
  /** Ends our own; does nothing to one that was named. */
  stop(): Promise<void>;
}

/** How to start a Redis of our own. */
export interface RedisOptions {
  readonly log?: Log;
  /** Never the one that REDIS_URL names, for whoever kills, freezes or empties it (false). */
  readonly own?: boolean;
  /** Where an unpacked binary is kept; XDG_CACHE_HOME/latchkey or ~/.cache/latchkey. */
  readonly cacheDir?: string;
  /** A given port, for coming back after having been killed; free otherwise. */
  readonly port?: number;
  /** More arguments for redis-server, such as `--cluster-enabled yes`. A Redis that was named does not get them. */
  readonly settings?: readonly string[];
}

const ATTEMPTS = 3;

const spawnRedis = async (binary: RedisBinary, port: number, settings: readonly string[]) => {
  const redis = await spawnGuarded({
    command: binary.path,
    // hz 100: delayed jobs start up to 100 ms late otherwise. Nothing is written to disk.
    args: [
      ...`--port ${port} --bind 127.0.0.1 --hz 100 --save  --appendonly no`.split(' '),
      ...['--maxmemory-policy', 'noeviction', ...settings],
    ],
    // From 7.2 on Redis ends at once when LANG names a locale that is not installed, as ssh likes to bring along.
    env: { ...baseEnvironment(), LC_ALL: 'C', ...binary.env },
    cwd: tmpdir(),
  });
  try {
    await redis.waitForLine((line) => line.includes('Ready to accept connections'), 10_000);
  } catch (cause) {
    await redis.stop(1_000);
    throw new Error(`${binary.path} did not start: ${redis.lines().slice(-3).join(' | ')}`, { cause });
  }
  return redis;
};

/**
 * Finds or starts a real Redis: REDIS_URL, a server on PATH, one unpacked from the distribution's archive (decision 13).
 * Rejects with the one command that installs it when none of these is to be had.
 */
export const startRedis = async ({
  log = silent,
  own = false,
  cacheDir,
  port,
  settings = [],
}: RedisOptions = {}): Promise<RunningRedis> => {
  const given = own ? undefined : process.env['REDIS_URL'];
  if (given !== undefined && given !== '') {
    await checkRedis(given);
    log('Redis: using REDIS_URL');
    return {
      url: given,
      port: Number(new URL(given).port || 6379),
      source: 'REDIS_URL',
      pid: null,
      stop: async () => {},
    };
  }

  const binary = await findRedis({ log, ...(cacheDir === undefined ? {} : { cacheDir }) });

  for (let attempt = 1; ; attempt += 1) {
    const chosen = port ?? (await freePort());
    try {
      const redis = await spawnRedis(binary, chosen, settings);
      log(`Redis: ${binary.source} on 127.0.0.1:${chosen}`);
      return {
        url: `redis://127.0.0.1:${chosen}`,
        port: chosen,
        source: binary.source,
        pid: redis.pid,
        stop: async () => {
          await redis.stop(5_000);
        },
      };
    } catch (error) {
      // Somebody else took the port between the look and the start.
      if (attempt === ATTEMPTS || port !== undefined) throw error;
    }
  }
};
