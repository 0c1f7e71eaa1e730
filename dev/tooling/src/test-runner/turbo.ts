import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TaskGraph } from './folders-needed.ts';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
export const TURBO = `${ROOT}node_modules/.bin/turbo`;

/** The tests of these workspaces and everything that they depend on, as turbo would run it. */
export const taskGraph = (workspaces: readonly string[]): TaskGraph => {
  const filters = workspaces.map((name) => `--filter=${name}`);
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e9, stdio } as const;
  return JSON.parse(execFileSync(TURBO, ['run', 'test', ...filters, '--dry=json'], options));
};
