import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import startSharedMongo from '@latchkey/test-kit/mongo-setup';
import type { TestProject } from 'vitest/node';
import { processesMarked } from './leftovers.ts';

const GONE_WITHIN_MS = 15_000;
const PREFIX = 'latchkey-e2e-';

/** Where marks are made: beside that of another set-up of this run, not in it, since each removes its own when it ends. */
const besideOthers = (folder: string): string =>
  basename(folder).startsWith(PREFIX) ? dirname(folder) : folder;

/**
 * One MongoDB for all files (each has its own database). Afterwards looks, from outside, for processes that outlived their
 * tests: whatever descends from this run carries a TMPDIR of its own, also when its parent has gone.
 */
const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const previous = process.env['TMPDIR'];
  const mark = mkdtempSync(join(besideOthers(tmpdir()), PREFIX));
  process.env['TMPDIR'] = mark;

  const stopMongo = await startSharedMongo(project);

  return async () => {
    await stopMongo();

    const deadline = Date.now() + GONE_WITHIN_MS;
    let left = processesMarked('TMPDIR', mark);
    while (left !== undefined && left.length > 0 && Date.now() < deadline) {
      await sleep(50);
      left = processesMarked('TMPDIR', mark);
    }

    if (previous === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = previous;
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
