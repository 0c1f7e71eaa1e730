import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Every folder below `root` that contains shared libraries. */
export const libraryFolders = async (root: string): Promise<readonly string[]> => {
  const entries = await readdir(root, { recursive: true }).catch(() => []);
  const folders = entries
    .filter((entry) => /\.so(\.\d+)*$/.test(entry))
    .map((entry) => join(root, dirname(entry)));
  return [...new Set(folders)];
};

/** The libraries of this program that the loader does not find, according to `ldd`. */
export const missingLibraries = async (program: {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<readonly string[]> => {
  const { stdout } = await run('ldd', [program.path], { env: { ...process.env, ...program.env } });
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  );
};
