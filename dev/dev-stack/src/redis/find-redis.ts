import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Log, silent } from '../log.ts';
import { onPath } from '../process/on-path.ts';
import { cacheFolder } from './cache-folder.ts';
import { installHint } from './install-hint.ts';
import { unpackRedis } from './unpack-redis.ts';

const run = promisify(execFile);

export interface RedisBinary {
  readonly path: string;
  readonly source: string;
  /** Variables that the binary needs, such as the library path of an unpacked one. */
  readonly env: Readonly<Record<string, string>>;
}

export const versionOf = async (binary: Pick<RedisBinary, 'path' | 'env'>): Promise<string | undefined> => {
  try {
    const { stdout } = await run(binary.path, ['--version'], {
      env: { ...process.env, ...binary.env },
      timeout: 10_000,
    });
    return /v=(\S+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
};

/** Finds a Redis or Valkey server on PATH. Otherwise unpacks one from the archive of Debian or Ubuntu, without root. */
export const findRedis = async ({
  log = silent,
  cacheDir = cacheFolder(),
}: {
  log?: Log;
  cacheDir?: string;
}): Promise<RedisBinary> => {
  const system = onPath('redis-server', 'valkey-server');
  if (system !== undefined) {
    const version = await versionOf({ path: system, env: {} });
    if (version !== undefined) return { path: system, source: `${system} ${version}`, env: {} };
    log(`Redis: ${system} does not run, looking further`);
  }

  try {
    return await unpackRedis({ log, cacheDir });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Redis is needed and none was found (${why}). ${await installHint()}`, { cause });
  }
};
