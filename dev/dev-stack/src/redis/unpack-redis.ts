import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { onPath } from '../process/on-path.ts';
import { createArchive } from './debian-archive.ts';
import { type RedisBinary, versionOf } from './find-redis.ts';
import { libraryFolders, missingLibraries } from './shared-libraries.ts';

/** Both packages are needed, because redis-server is a symbolic link to a file of redis-tools. */
const PACKAGES = ['redis-server', 'redis-tools'];
const ROUNDS = 3;

const systemName = async (): Promise<string> => {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(osRelease)?.[1];
  return `${field('ID') ?? 'unknown'}-${field('VERSION_ID') ?? 'rolling'}-${process.arch}`;
};

const binaryIn = async (root: string): Promise<Omit<RedisBinary, 'source'>> => ({
  path: join(root, 'usr/bin/redis-server'),
  env: { LD_LIBRARY_PATH: (await libraryFolders(root)).join(':') },
});

const usable = async (root: string): Promise<RedisBinary | undefined> => {
  const binary = await binaryIn(root);
  const version = await versionOf(binary);
  return version === undefined ? undefined : { ...binary, source: `redis-server ${version} from ${root}` };
};

/**
 * Unpacks the Redis of the distribution into a cache folder. It needs no root and installs nothing. Several processes may do this
 * at the same time: each works in its own folder, and the first one that renames its folder wins.
 */
export const unpackRedis = async ({
  log,
  cacheDir,
}: {
  log: Log;
  cacheDir: string;
}): Promise<RedisBinary> => {
  const home = join(cacheDir, `redis-${await systemName()}`);
  const kept = await usable(home);
  if (kept !== undefined) return kept;

  if (onPath('apt-get') === undefined || onPath('dpkg-deb') === undefined) {
    throw new Error('this system has no apt-get and dpkg-deb to fetch it with');
  }
  log('Redis: not on PATH, so fetching it from the distribution (once, without root, some seconds)…');

  const work = join(cacheDir, `.work-${randomUUID()}`);
  const root = join(work, 'root');
  await mkdir(root, { recursive: true });
  // After Ctrl-C the process exits before the `finally` below runs.
  const clearUp = () => rmSync(work, { recursive: true, force: true });
  process.once('exit', clearUp);
  try {
    const archive = await createArchive({ work, root, log });
    let fetched = await archive.fetch(PACKAGES);
    for (let round = 0; round < ROUNDS; round += 1) {
      const missing = await missingLibraries(await binaryIn(root));
      if (missing.length === 0) break;
      log(`Redis: fetching the libraries it needs (${missing.join(', ')})…`);
      fetched = await archive.fetch(await archive.dependenciesOf(fetched));
    }
    const { path, env } = await binaryIn(root);
    if ((await versionOf({ path, env })) === undefined) {
      const missing = await missingLibraries({ path, env });
      throw new Error(
        `the unpacked redis-server does not run, missing: ${missing.join(', ') || 'nothing known'}`,
      );
    }
    await putInPlace(root, home);
  } finally {
    process.off('exit', clearUp);
    await rm(work, { recursive: true, force: true });
  }

  const binary = await usable(home);
  if (binary === undefined) throw new Error(`the redis-server kept in ${home} does not run`);
  log(`Redis: kept in ${home}`);
  return binary;
};

const putInPlace = async (root: string, home: string): Promise<void> => {
  try {
    await rename(root, home);
  } catch {
    // Either another process was faster, and its result can be used, or the folder holds an unusable Redis.
    if ((await usable(home)) !== undefined) return;
    await rename(home, `${root}.unusable`);
    await rename(root, home);
  }
};
