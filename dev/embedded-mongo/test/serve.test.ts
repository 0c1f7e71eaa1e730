import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../src/bin/serve.ts', import.meta.url));

describe('the stand-in as a process of its own', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const serve = async (...args: string[]) => {
    const child = spawn(process.execPath, ['--conditions=dev-source', '--import', 'tsx', script, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.push(child);
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
    let log = '';
    child.stderr?.on('data', (chunk) => {
      log += String(chunk);
    });
    const [line] = await once(child.stdout ?? child, 'data');
    return {
      child,
      exited,
      ready: JSON.parse(String(line)) as { uri: string; port: number; pid: number },
      log: () => log,
    };
  };

  test('prints one line of JSON that a client can connect by, and says what it is on stderr', async () => {
    const { child, ready, exited, log } = await serve();
    expect(ready).toEqual({ uri: expect.any(String), port: expect.any(Number), pid: child.pid });
    const client = await MongoClient.connect(ready.uri);
    expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
    await client.close();
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(log()).toContain('development and tests only');
  });

  test('stops on SIGINT while clients are connected', async () => {
    const { child, ready, exited } = await serve();
    const client = await MongoClient.connect(ready.uri);
    await client.db().command({ ping: 1 });
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    await client.close();
  });

  test('stays when its stdin closes', async () => {
    const { child, ready, exited } = await serve();
    child.stdin?.end();
    const client = await MongoClient.connect(ready.uri);
    expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
    await client.close();
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  test('an unknown argument is an error', async () => {
    const child = spawn(process.execPath, [
      '--conditions=dev-source',
      '--import',
      'tsx',
      script,
      '--bind-all',
    ]);
    children.push(child);
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});
