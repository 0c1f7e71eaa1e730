import { mkdir, readdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Makes a folder of links to every program on PATH except these, to simulate a machine that lacks them. */
export const pathWithout = async (folder: string, hidden: RegExp): Promise<string> => {
  await mkdir(folder, { recursive: true });
  for (const source of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of await readdir(source).catch(() => [])) {
      // The first folder of PATH wins, so a second program with the same name is skipped.
      if (!hidden.test(name)) await symlink(join(source, name), join(folder, name)).catch(() => {});
    }
  }
  return folder;
};
