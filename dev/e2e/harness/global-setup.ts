import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import startSharedMongo from '@latchkey/test-kit/mongo-setup';
import type { TestProject } from 'vitest/node';
import { processesMarked } from './leftovers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** TMPDIR of every process that these tests start. */
    readonly mark: string;
  }
}

const GONE_WITHIN_MS = 15_000;

/** Runs `work` with another TMPDIR in the environment of this process. */
const withTmpdir = async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
  const previous = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    return await work();
  } finally {
    if (previous === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = previous;
  }
};

/**
 * Starts one MongoDB for all files; each file has its own database. After the tests it searches the system for processes that
 * are still running. Every process that these tests start has a special TMPDIR (`mark.ts`) and keeps it when its parent ends.
 * Processes of other workspaces in the same run do not have it, because their servers may stop later.
 */
const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const mark = mkdtempSync(join(tmpdir(), 'latchkey-e2e-'));
  project.provide('mark', mark);
  const stopMongo = await withTmpdir(mark, () => startSharedMongo(project));

  return async () => {
    await stopMongo();

    const deadline = Date.now() + GONE_WITHIN_MS;
    let left = processesMarked('TMPDIR', mark);
    while (left !== undefined && left.length > 0 && Date.now() < deadline) {
      await sleep(50);
      left = processesMarked('TMPDIR', mark);
    }

    rmSync(mark, { recursive: true, force: true });

    if (left === undefined) {
      process.stdout.write('e2e: left-over processes were not looked for (no /proc on this system)\n');
      return;
    }
    if (left.length === 0) return;
    const list = left.map(({ pid, ports, command }) => `  ${pid} [${ports.join(' ')}] ${command}`).join('\n');
    // Vitest prints an error of a teardown and still exits with 0.
    process.exitCode = 1;
    throw new Error(`the tests left processes behind:\n${list}`);
  };
};
export default setup;
