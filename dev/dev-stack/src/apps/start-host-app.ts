import { type Log, silent } from '../log.ts';
import { baseEnvironment } from '../process/base-environment.ts';
import { type GuardedProcess, spawnGuarded } from '../process/guarded-process.ts';
import { scriptArgs } from '../process/node-script.ts';

/** The running host application. */
export interface RunningHostApp extends GuardedProcess {
  readonly url: string;
}

/** Starts the small host application with its demo accounts as a separate process. */
export const startHostApp = async ({
  mongodbUri,
  log = silent,
  onSpawn = () => {},
}: {
  mongodbUri: string;
  log?: Log;
  /** Called as soon as the process exists, before it is ready. */
  onSpawn?: (app: GuardedProcess) => void;
}): Promise<RunningHostApp> => {
  const app = await spawnGuarded({
    command: process.execPath,
    args: scriptArgs(new URL('../host-app/main.ts', import.meta.url).href),
    env: { ...baseEnvironment(), MONGODB_URI: mongodbUri },
    onLine: log,
  });
  onSpawn(app);
  try {
    const line = await app.waitForLine((text) => text.startsWith('{"url"'), 20_000);
    const { url }: { url: string } = JSON.parse(line);
    return { ...app, url };
  } catch (cause) {
    await app.stop(1_000);
    throw new Error(`the host app did not start:\n${app.lines().slice(-12).join('\n')}`, { cause });
  }
};
