import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. Every path in this file is relative to it. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Files below a folder, except installed and built ones. */
export const filesBelow = (folder: string, wanted: (path: string) => boolean = () => true): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (/^(node_modules|dist|\.git|\.turbo)$/.test(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path, wanted);
    return wanted(path) ? [path] : [];
  });
