import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changedFiles } from './changed-files.ts';

describe('the files that have changed since the main branch', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-changes-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const git = (cwd: string, ...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@acme.test', ...args], {
      cwd,
      stdio: 'ignore',
    });
  const write = (repository: string, file: string, text = file) =>
    writeFileSync(join(repository, file), text);
  const commit = (repository: string, file: string) => {
    write(repository, file);
    git(repository, 'add', '.');
    git(repository, 'commit', '-m', file);
  };
  /** A repository with two commits on a branch of that name. */
  const newRepository = (branch = 'main') => {
    const repository = join(folder, 'repository');
    mkdirSync(repository);
    git(repository, 'init', '--initial-branch', branch);
    commit(repository, 'package.json');
    commit(repository, 'old.ts');
    return repository;
  };
  const clone = (repository: string, ...options: readonly string[]) => {
    const copy = join(folder, 'clone');
    git(folder, 'clone', ...options, `file://${repository}`, copy);
    return copy;
  };

  it('are none in a fresh clone', () => {
    expect(changedFiles(clone(newRepository()))).toEqual({
      since: expect.stringMatching(/^[0-9a-f]{10} \(origin\/HEAD\)$/),
      files: [],
    });
  });

  it('are those of the commits that are not on the main branch of the remote', () => {
    const copy = clone(newRepository());
    commit(copy, 'on main.ts');
    git(copy, 'switch', '--create', 'feature');
    commit(copy, 'on a branch.ts');

    expect(changedFiles(copy)?.files).toEqual(['on a branch.ts', 'on main.ts']);
  });

  it('are not those that the main branch has got meanwhile', () => {
    const repository = newRepository();
    git(repository, 'switch', '--create', 'feature');
    commit(repository, 'ours.ts');
    git(repository, 'switch', 'main');
    commit(repository, 'theirs.ts');
    git(repository, 'switch', 'feature');

    expect(changedFiles(repository)?.files).toEqual(['ours.ts']);
  });

  it('are those that are changed, staged, new, renamed and removed without a commit as well', () => {
    const repository = newRepository();
    commit(repository, 'removed.ts');
    commit(repository, 'staged.ts');
    git(repository, 'switch', '--create', 'feature');
    commit(repository, 'committed.ts');
    write(repository, 'package.json', 'changed');
    write(repository, 'staged.ts', 'changed');
    git(repository, 'add', 'staged.ts');
    git(repository, 'mv', 'old.ts', 'renamed.ts');
    rmSync(join(repository, 'removed.ts'));
    write(repository, 'ü new.ts');

    expect([...(changedFiles(repository)?.files ?? [])].sort()).toEqual([
      'committed.ts',
      'old.ts',
      'package.json',
      'removed.ts',
      'renamed.ts',
      'staged.ts',
      'ü new.ts',
    ]);
  });

  it('are not known on a main branch that no remote has', () => {
    const repository = newRepository();
    commit(repository, 'on main.ts');
    expect(changedFiles(repository)).toBeUndefined();
  });

  it('are not known outside of a repository', () => {
    write(folder, 'package.json');
    expect(changedFiles(folder)).toBeUndefined();
  });

  it('are not known in a folder that the repository around it does not hold', () => {
    const unpacked = join(newRepository(), 'unpacked');
    mkdirSync(unpacked);
    write(unpacked, 'package.json');
    expect(changedFiles(unpacked)).toBeUndefined();
  });

  it('are not known without a main branch', () => {
    expect(changedFiles(newRepository('trunk'))).toBeUndefined();
  });

  it('are not known in a clone that is too shallow to reach the main branch', () => {
    const repository = newRepository();
    git(repository, 'switch', '--create', 'feature');
    commit(repository, 'ours.ts');
    git(repository, 'switch', 'main');
    commit(repository, 'theirs.ts');

    const copy = clone(repository, '--depth', '1', '--no-single-branch', '--branch', 'feature');
    expect(changedFiles(copy)).toBeUndefined();
  });
});
