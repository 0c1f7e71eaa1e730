import { describe, expect, it } from 'vitest';
import { spawnGuarded } from '../src/process/guarded-process.ts';
import { descendantsOf, eventually, stillRunning } from './support/process-table.ts';
import { runScript } from './support/run-script.ts';

const node = (script: string) => spawnGuarded({ command: process.execPath, args: ['-e', script], env: {} });

describe('a guarded process', () => {
  it('says how it ended and what it wrote', async () => {
    const child = await node("console.log('one\\ntwo'); process.exitCode = 7");

    expect(await child.exited).toEqual({ code: 7, signal: null });
    expect(child.lines()).toEqual(['one', 'two']);
  });

  it('inherits nothing from our environment', async () => {
    const child = await spawnGuarded({
      command: process.execPath,
      args: ['-e', 'console.log(JSON.stringify(process.env))'],
      env: { GIVEN: 'yes' },
    });
    await child.exited;

    expect(JSON.parse(child.lines()[0] ?? '')).toEqual({ GIVEN: 'yes' });
  });

  it('is stopped with SIGTERM, and with SIGKILL when that does not help', async () => {
    const willing = await node('setInterval(() => {}, 1000)');
    expect(await willing.stop()).toEqual({ code: null, signal: 'SIGTERM' });

    const stubborn = await node(
      "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')",
    );
    await stubborn.waitForLine((line) => line === 'up');
    expect(await stubborn.stop(50)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('rejects when the command does not exist', async () => {
    await expect(spawnGuarded({ command: '/no/such/program', args: [], env: {} })).rejects.toThrow(/ENOENT/);
  });

  it('rejects the wait for a line that it never wrote as soon as it ends', async () => {
    const child = await node("console.log('one')");

    await expect(child.waitForLine((line) => line === 'two')).rejects.toThrow('ended with 0');
  });

  it('is ended when its guardian alone is killed', async () => {
    const child = await node('setInterval(() => {}, 1000)');
    const family = descendantsOf(process.pid);
    const [guardian] = [...family].find(([, command]) => command.includes('guardian.mjs')) ?? [];
    const command = family.get(child.pid);
    if (guardian === undefined || command === undefined)
      throw new Error('no guardian or no child in the process table');

    process.kill(guardian, 'SIGKILL');

    await child.exited;
    const left = () => stillRunning(new Map([[child.pid, command]]));
    expect(await eventually(left, ({ length }) => length === 0, 5_000)).toEqual([]);
  });

  it.each([
    ['ignores SIGTERM', false],
    ['is frozen', true],
  ])('does not outlive a parent killed with SIGKILL, even when it %s', async (_how, freeze) => {
    const parent = runScript('test/support/guarded-parent.ts');
    const [, pid] = /child (\d+)/.exec(await parent.waitFor(/child \d+\n/)) ?? [];
    const family = descendantsOf(parent.pid);
    expect([...family.keys()]).toContain(Number(pid));
    if (freeze) process.kill(Number(pid), 'SIGSTOP');

    parent.child.kill('SIGKILL');

    const left = () => stillRunning(family);
    expect(await eventually(left, ({ length }) => length === 0, 10_000)).toEqual([]);
  });
});
