import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface Script {
  readonly child: ChildProcess;
  readonly pid: number;
  output(): string;
  /** Resolves with the output so far as soon as it contains this text. */
  waitFor(text: string | RegExp): Promise<string>;
  exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Runs a file of this package as a separate process. The path is relative to the package. */
export const runScript = (path: string, env: NodeJS.ProcessEnv = process.env): Script => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  return run(process.execPath, ['--conditions=dev-source', '--import', tsx, file], env);
};

/** Runs a script of the root package through npm, as a developer does. */
export const runNpm = (name: string): Script => run('npm', ['run', '--silent', name], process.env);

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): Script => {
  const child = spawn(command, args, {
    cwd: fileURLToPath(new URL('../../../../', import.meta.url)),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = once(child, 'exit').then(() => ({ code: child.exitCode, signal: child.signalCode }));

  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }

  return {
    child,
    pid: child.pid ?? -1,
    output: () => output,
    exited: () => end,
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const there = typeof text === 'string' ? output.includes(text) : text.test(output);
          if (!there) return;
          listeners.delete(look);
          resolve(output);
        };
        listeners.add(look);
        void end.then(() => reject(new Error(`ended before it said ${text}:\n${output}`)));
        look();
      }),
  };
};
