import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { until } from '@latchkey/test-kit/until';
import { describe, expect, it } from 'vitest';
import { processesMarked } from './leftovers.ts';

const LISTEN =
  "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";

describe.runIf(process.platform === 'linux')('the look for left-over processes', () => {
  it('the search for leftovers finds what carries the mark, with the ports it listens on, until it is gone', async () => {
    // The mark is random, because another run on this machine reads the same /proc.
    const mark = randomUUID();
    const env = { PATH: process.env['PATH'] ?? '', E2E_MARK: mark };
    const child = spawn(process.execPath, ['-e', LISTEN], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = await once(child.stdout, 'data');

    expect(processesMarked('E2E_MARK', mark)).toEqual([
      { pid: child.pid, command: expect.stringContaining('createServer'), ports: [Number(line)] },
    ]);
    expect(processesMarked('E2E_MARK', mark.slice(0, -1))).toEqual([]);

    child.kill('SIGKILL');
    await until('it is gone', () => processesMarked('E2E_MARK', mark)?.length === 0);
  });
});
