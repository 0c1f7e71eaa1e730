import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

const INDEX = new URL('../index.ts', import.meta.url).href;

/** Runs a main in a process of its own; `during` gets it once it said `ready`. */
const run = async (body: string, during?: (child: ReturnType<typeof spawn>) => void) => {
  const script = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { runMain, ConfigError, EngineError, createLogger, EXIT } from ${JSON.stringify(INDEX)};
    const say = (text) => process.stdout.write(text + '\\n');
    const stayAlive = () => setInterval(() => {}, 1000);
    runMain(async ({ onStop, configure, exit, signal }) => { ${body} });
  `;
  const child = spawn(
    process.execPath,
    ['--conditions=dev-source', '--import', 'tsx', '--input-type=module', '-e', script],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const before = stdout;
    stdout += chunk.toString();
    if (!before.includes('ready') && stdout.includes('ready')) during?.(child);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];

  return { code, stdout, stderr };
};

describe('a process', () => {
  it('ends with 78 and a listing when the configuration is wrong', async () => {
    const { code, stderr } = await run(`throw new ConfigError(['A is required', 'B must be b']);`);

    expect(code).toBe(78);
    expect(stderr).toBe('The configuration cannot be used:\n  A is required\n  B must be b\n');
  });

  it('ends with 69 and what to do when an engine cannot be used, closing what was open', async () => {
    const { code, stderr, stdout } = await run(`
      onStop('mongo', () => say('closed mongo'));
      throw new EngineError({ engine: 'Redis', message: 'not reachable for 30 s', remedy: 'Start it.' });`);

    expect(code).toBe(69);
    expect(stderr).toContain('Redis: not reachable for 30 s\n  Start it.');
    expect(stdout).toContain('closed mongo');
  });

  it('ends with 1 on anything else', async () => {
    expect((await run(`throw new TypeError('oops');`)).code).toBe(1);
  });

  it('stops what started last first and ends with 0 on SIGTERM', async () => {
    const { code, stdout } = await run(
      `stayAlive();
       onStop('engine', () => say('engine closed'));
       onStop('server', async () => { await sleep(20); say('server closed'); });
       say('ready');`,
      (child) => child.kill('SIGTERM'),
    );

    expect(code).toBe(0);
    expect(stdout).toBe('ready\nserver closed\nengine closed\n');
  });

  it('ends with 1 when the deadline passes', async () => {
    const { code } = await run(
      `stayAlive();
       configure({ log: createLogger({ name: 't', level: 'silent' }), shutdownTimeoutMs: 100 });
       onStop('stuck', () => new Promise(() => {}));
       say('ready');`,
      (child) => child.kill('SIGINT'),
    );

    expect(code).toBe(1);
  });

  it('ends at once on a second signal', async () => {
    const { code } = await run(
      `stayAlive();
       onStop('slow', () => { say('stopping'); process.kill(process.pid, 'SIGTERM'); return new Promise(() => {}); });
       say('ready');`,
      (child) => child.kill('SIGTERM'),
    );

    expect(code).toBe(1);
  });

  it('logs an unhandled rejection and ends with 1', async () => {
    const { code, stdout } = await run(`
      stayAlive();
      configure({ log: createLogger({ name: 't' }), shutdownTimeoutMs: 1000 });
      setTimeout(() => { Promise.reject(new Error('forgotten by bob@example.com')); }, 5);`);

    expect(code).toBe(1);
    expect(stdout).toContain('forgotten');
    expect(stdout).not.toContain('bob@example.com');
  });

  it('ends with the code it was told, after stopping in order', async () => {
    const { code, stdout } = await run(`
      stayAlive();
      onStop('queue', () => say('queue closed'));
      exit(EXIT.stuck, 'nothing consumed');`);

    expect(code).toBe(70);
    expect(stdout).toBe('queue closed\n');
  });
});
