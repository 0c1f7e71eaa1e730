import { tmpdir } from 'node:os';
import { type Log, silent } from '../log.ts';
import { baseEnvironment } from '../process/base-environment.ts';
import { freePort } from '../process/free-port.ts';
import { spawnGuarded } from '../process/guarded-process.ts';
import { checkRedis } from './check-redis.ts';
import { findRedis, type RedisBinary } from './find-redis.ts';

/** A Redis for development: a named one, or one that was started here. */
export interface RunningRedis {
  readonly url: string;
  readonly port: number;
  /** Where it came from, as a text for developers: `REDIS_URL`, a path, or the folder it was unpacked to. */
  readonly source: string;
  /** Process id; null for a named Redis. */
  readonly pid: number | null;
  /** Stops a Redis that was started here. Does nothing to a named one. */
  stop(): Promise<void>;
}

/** How to find or start a Redis. */
export interface RedisOptions {
  readonly log?: Log;
  /** Whether to ignore REDIS_URL, for tests that kill, freeze or empty their Redis. Default: false. */
  readonly own?: boolean;
  /** Folder for an unpacked binary. Default: XDG_CACHE_HOME/latchkey or ~/.cache/latchkey. */
  readonly cacheDir?: string;
  /** A fixed port, for a restart on the same port. Default: a free port. */
  readonly port?: number;
  /** More arguments for redis-server, such as `--cluster-enabled yes`. They do not apply to a named Redis. */
  readonly settings?: readonly string[];
}

const ATTEMPTS = 3;

const spawnRedis = async (binary: RedisBinary, port: number, settings: readonly string[]) => {
  const redis = await spawnGuarded({
    command: binary.path,
    // With a lower hz, delayed jobs would start up to 100 ms late. Nothing is written to disk.
    args: [
      ...`--port ${port} --bind 127.0.0.1 --hz 100 --save  --appendonly no`.split(' '),
      ...['--maxmemory-policy', 'noeviction', ...settings],
    ],
    // Redis 7.2 and later ends at once if LANG names a locale that is not installed. ssh often sets such a LANG.
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
 * Finds or starts a real Redis in this order: REDIS_URL, a server on PATH, one unpacked from the archive of the distribution
 * (decision 13). If none is available, it rejects with the command that installs Redis.
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
      // Another process took the port between the search for a free one and the start.
      if (attempt === ATTEMPTS || port !== undefined) throw error;
    }
  }
};
