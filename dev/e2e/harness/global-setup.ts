import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import startSharedMongo from '@latchkey/test-kit/mongo-setup';
import type { TestProject } from 'vitest/node';
import { processesMarked } from './leftovers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** TMPDIR of everything that these tests start. */
    readonly mark: string;
  }
}

const GONE_WITHIN_MS = 15_000;

/** Does the work with another TMPDIR in this process's environment. */
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
 * One MongoDB for all files (each has its own database). Afterwards looks, from outside, for processes that outlived their
 * tests: whatever they start carries a TMPDIR of its own (`mark.ts`), also when its parent has gone. Other workspaces of the
 * same run do not: their servers may stop later.
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
    // Vitest prints what a teardown throws and still ends with 0.
    process.exitCode = 1;
    throw new Error(`the tests left processes behind:\n${list}`);
  };
};
export default setup;
