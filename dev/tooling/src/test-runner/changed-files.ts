import { execFileSync } from 'node:child_process';

/** What differs from the main branch. */
export interface Changes {
  /** What was compared with, for people: a commit and the branch that it is on. */
  readonly since: string;
  /** Paths below the folder that was asked about; committed or not, tracked or not. */
  readonly files: readonly string[];
}

const LOCAL = 'main';
/** The main branch as the remote has it, else the local one. */
const MAIN = ['origin/HEAD', 'origin/main', LOCAL];

/**
 * The files that differ from where this branch left the main branch. Undefined when git cannot tell: no repository, one that
 * does not hold this folder, no main branch, a clone too shallow to reach it, or work on a main branch that no remote has.
 */
export const changedFiles = (folder: string): Changes | undefined => {
  const git = (...args: readonly string[]): string | undefined => {
    try {
      const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
      return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio, maxBuffer: 1e9 });
    } catch {
      return undefined;
    }
  };

  // An unpacked archive may lie within a repository that knows nothing of it.
  if (git('ls-files', '--error-unmatch', 'package.json') === undefined) return undefined;
  const main = MAIN.find((ref) => git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`) !== undefined);
  if (main === undefined) return undefined;
  const base = git('merge-base', main, 'HEAD')?.trim();
  if (base === undefined) return undefined;
  // On a main branch without a remote, nothing tells which commits are new.
  if (main === LOCAL && base === git('rev-parse', 'HEAD')?.trim()) return undefined;
  const changed = git('diff', '--name-only', '--no-renames', '--relative', '-z', base);
  const untracked = git('ls-files', '--others', '--exclude-standard', '-z');
  if (changed === undefined || untracked === undefined) return undefined;

  const files = `${changed}${untracked}`.split('\0').filter((file) => file !== '');
  return { since: `${base.slice(0, 10)} (${main})`, files };
};
