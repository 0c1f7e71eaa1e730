import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Page } from './static-server.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Reads a static file of this package. `path` is relative to the folder `static` and never comes from a request. */
export const staticFile = async (path: string): Promise<Page> => ({
  type: TYPES[extname(path)] ?? 'application/octet-stream',
  body: await readFile(new URL(`../../static/${path}`, import.meta.url)),
});
