import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder that keeps downloads between runs (XDG Base Directory Specification). */
export const cacheFolder = (): string => {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'latchkey');
};
