import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../log.ts';
import { runGuarded } from '../process/run-guarded.ts';

const run = promisify(execFile);

/** The package archive of Debian or Ubuntu, read by apt without the folders that belong to root. */
export interface Archive {
  /** Downloads packages and unpacks them into the folder `root`. Resolves with the downloaded files. */
  fetch(packages: readonly string[]): Promise<readonly string[]>;
  /** The libraries that downloaded packages depend on and this system lacks. Of alternatives only the first is considered. */
  dependenciesOf(files: readonly string[]): Promise<readonly string[]>;
}

/** Reads package names from `libc6 (>= 2.36), liblua5.1-0 | liblua`. Of alternatives only the first is taken. */
export const parseDepends = (depends: string): readonly string[] =>
  depends
    .split(',')
    .map((entry) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(entry)?.[1])
    .filter((name) => name !== undefined);

const isInstalled = async (name: string): Promise<boolean> => {
  try {
    const { stdout } = await run('dpkg-query', ['-s', name]);
    return /^Status: .* installed$/m.test(stdout);
  } catch {
    return false;
  }
};

/** The line in the output of a failed command that contains the reason. */
const reasonOf = (error: unknown): string => {
  const output = error instanceof Error ? error.message : '';
  return (
    output
      .split('\n')
      .find((line) => /^(E|Err):?/.test(line))
      ?.trim() ?? 'apt-get could not download it'
  );
};

export const createArchive = async ({
  work,
  root,
  log,
}: {
  work: string;
  root: string;
  log: Log;
}): Promise<Archive> => {
  const downloads = join(work, 'downloads');
  await mkdir(downloads, { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  await mkdir(join(work, 'lists/partial'), { recursive: true });

  const own = [
    '-o',
    `Dir::Cache=${join(work, 'cache')}`,
    '-o',
    'APT::Sandbox::User=',
    '-o',
    'Debug::NoLocking=1',
  ];
  const ownLists = [...own, '-o', `Dir::State::lists=${join(work, 'lists')}`];
  const limits = [
    '-o',
    'Acquire::Retries=1',
    '-o',
    'Acquire::http::Timeout=15',
    '-o',
    'Acquire::https::Timeout=15',
  ];
  let options = own;

  const aptGet = (...args: readonly string[]) =>
    runGuarded({
      command: 'apt-get',
      args: [...options, ...limits, ...args],
      cwd: downloads,
      timeoutMs: 120_000,
    });
  const download = (packages: readonly string[]) => aptGet('download', ...packages);

  const downloadWithFreshLists = async (packages: readonly string[]) => {
    log("Redis: reading the archive's package lists…");
    options = ownLists;
    await aptGet('update');
    await download(packages);
  };

  return {
    fetch: async (packages) => {
      if (packages.length === 0) return [];
      const before = new Set(await readdir(downloads));
      try {
        await download(packages).catch((error: unknown) => {
          // A slim image has no package lists, and other lists may be older than the archive.
          if (options === ownLists) throw error;
          return downloadWithFreshLists(packages);
        });
      } catch (cause) {
        throw new Error(reasonOf(cause), { cause });
      }

      const files = (await readdir(downloads))
        .filter((file) => file.endsWith('.deb') && !before.has(file))
        .map((file) => join(downloads, file));
      for (const file of files) await run('dpkg-deb', ['-x', file, root]);
      return files;
    },

    dependenciesOf: async (files) => {
      const names = new Set<string>();
      for (const file of files) {
        const { stdout } = await run('dpkg-deb', ['-f', file, 'Depends']);
        for (const name of parseDepends(stdout)) names.add(name);
      }
      const wanted: string[] = [];
      for (const name of names) {
        if (name.startsWith('lib') || name.startsWith('lua')) {
          if (!(await isInstalled(name))) wanted.push(name);
        }
      }
      return wanted;
    },
  };
};
