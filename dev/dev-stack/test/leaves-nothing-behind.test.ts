import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { startEngines } from '../src/engines.ts';
import { clearAfterStart, namedPorts } from './support/named-engines.ts';
import { pathWithout } from './support/path-without.ts';
import { descendantsOf, eventually, isListening, stillRunning } from './support/process-table.ts';
import { runNpm, runScript, type Script } from './support/run-script.ts';

const BOOT_MS = 60_000;
const GONE_MS = 15_000;

clearAfterStart();

/** The ports that the script opened. A named engine continues to listen, so its port is not one of them. */
const portsIn = (output: string): readonly number[] => {
  const ports = new Set([...output.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port)));
  return [...ports].filter((port) => !namedPorts().includes(port));
};

/** Records every process that this script starts from now on, running or ended. */
const watch = (script: Script) => {
  const family = new Map<number, string>();
  const look = () => {
    for (const [pid, command] of descendantsOf(script.pid)) family.set(pid, command);
  };
  const timer = setInterval(look, 100);
  return {
    family,
    done: () => {
      look();
      clearInterval(timer);
    },
  };
};

const expectNothingLeft = async (family: ReadonlyMap<number, string>, ports: readonly number[]) => {
  expect(
    await eventually(
      () => stillRunning(family),
      (left) => left.length === 0,
      GONE_MS,
    ),
  ).toEqual([]);
  for (const port of ports) expect([port, await isListening(port)]).toEqual([port, false]);
};

describe('npm start leaves no process and no listening port behind', () => {
  it.each([
    ['SIGINT', 'npm', () => runNpm('start')],
    ['SIGTERM', 'npm', () => runNpm('start')],
    ['SIGKILL', 'npm', () => runNpm('start')],
    ['SIGKILL', 'the command itself', () => runScript('src/bin/start.ts')],
  ] as const)('after %s to %s', { timeout: BOOT_MS + GONE_MS }, async (signal, _victim, run) => {
    const start = run();
    const watched = watch(start);
    const ports = portsIn(await start.waitFor('Ctrl-C stops all of it.'));
    watched.done();
    // These are Redis, the stand-in or a mongod, host app, api and worker. Each except a mongod has a guardian.
    expect(watched.family.size).toBeGreaterThanOrEqual(8);
    // These are Redis, pages, inbox, api, host app, worker, and two ports for metrics.
    expect(ports.length).toBeGreaterThanOrEqual(8);
    for (const port of ports) expect([port, await isListening(port)]).toEqual([port, true]);

    start.child.kill(signal);

    await start.exited();
    await expectNothingLeft(watched.family, ports);
    if (signal !== 'SIGKILL') expect(start.output()).toContain('Stopping…');
  });
});

it.each(['SIGINT', 'SIGKILL'] as const)(
  'leaves nothing behind when %s comes while it is still starting',
  async (signal) => {
    const start = runScript('src/bin/start.ts');
    const watched = watch(start);
    await start.waitFor(/(Redis|MongoDB): .*\n/);
    watched.done();
    // A guardian that starts after this look detects the end of its parent itself.
    start.child.kill(signal);
    await start.exited();

    await expectNothingLeft(watched.family, portsIn(start.output()));
  },
);

it.each(['SIGINT', 'SIGKILL'] as const)(
  'leaves no download behind when %s comes in the middle of it',
  { timeout: BOOT_MS },
  async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
    const tools = await pathWithout(join(folder, 'bin'), /^(redis|valkey|apt-get$|dpkg-deb$)/);
    for (const [tool, body] of Object.entries({ 'apt-get': 'exec sleep 300', 'dpkg-deb': 'exit 1' })) {
      // The flag wx prevents a write through a link: the other entries of this folder are links to programs of the system.
      await writeFile(join(tools, tool), `#!/bin/sh\n${body}\n`, { mode: 0o755, flag: 'wx' });
    }
    const cache = join(folder, 'cache');
    const env = { ...process.env, PATH: tools, XDG_CACHE_HOME: cache, MONGO_BACKEND: 'embedded' };
    const engines = runScript('src/bin/engines.ts', { ...env, REDIS_URL: '' });
    const downloads = () =>
      [...descendantsOf(engines.pid)].filter(([, command]) => command.trim() === 'sleep 300');
    const family = new Map(await eventually(downloads, ({ length }) => length > 0, 20_000));
    expect(family.size).toBe(1);

    engines.child.kill(signal);
    await engines.exited();

    await expectNothingLeft(family, []);
    // After a SIGKILL the process cannot delete its files.
    if (signal === 'SIGINT') expect(await readdir(join(cache, 'latchkey'))).toEqual([]);
    await rm(folder, { recursive: true });
  },
);

it('npm run engines prints how to reach both engines and stops them on SIGTERM', async () => {
  const engines = runScript('src/bin/engines.ts');
  const watched = watch(engines);
  const output = await engines.waitFor(/^REDIS_URL=.*\n/m);
  watched.done();

  expect(output).toMatch(/^MONGODB_URI=mongodb:\/\/\S+$/m);
  expect(output).toMatch(/^REDIS_URL=redis:\/\/\S+$/m);
  engines.child.kill('SIGTERM');

  expect(await engines.exited()).toEqual({ code: 0, signal: null });
  await expectNothingLeft(watched.family, portsIn(output));
});

it('npm start keeps to names of its own in engines that are somebody else’s', {
  timeout: 60_000,
}, async () => {
  const engines = await startEngines();
  const redis = new Redis(engines.redis.url);
  const start = runScript('src/bin/start.ts', {
    ...process.env,
    MONGODB_URI: engines.mongo.uri,
    REDIS_URL: engines.redis.url,
  });
  await start.waitFor('Ctrl-C stops all of it.');

  const keys = await redis.keys('*');
  // Another Latchkey on the same Redis may use the default prefix. A worker with that prefix would take its jobs.
  expect(keys.filter((key) => !/^\{?latchkey_start\b/.test(key))).toEqual([]);
  expect(keys).not.toEqual([]);

  start.child.kill('SIGTERM');
  expect(await start.exited()).toEqual({ code: 0, signal: null });
  redis.disconnect();
  await engines.stop();
});
