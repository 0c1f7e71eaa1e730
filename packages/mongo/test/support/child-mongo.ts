import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildMongo {
  readonly uri: string;
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
}

/** Starts the embedded server as its own process. With `port`, a second start uses the same address again. */
export const startChildMongo = async (port = 0): Promise<ChildMongo> => {
  const child = fork(fileURLToPath(new URL('./serve-mongo.ts', import.meta.url)), [String(port)], {
    execArgv: ['--conditions=dev-source', '--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (!child.stdout) throw new Error('no output to read the address from');
  const [uri] = await once(createInterface({ input: child.stdout }), 'line');

  return {
    uri: String(uri),
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
};
