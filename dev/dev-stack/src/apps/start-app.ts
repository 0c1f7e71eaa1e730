import { fileURLToPath } from 'node:url';
import { type Log, silent } from '../log.ts';
import { baseEnvironment } from '../process/base-environment.ts';
import { freePort } from '../process/free-port.ts';
import { type GuardedProcess, spawnGuarded } from '../process/guarded-process.ts';
import { sourceArgs } from '../process/node-script.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** The names of the apps. */
export type AppName = 'api' | 'worker';

/** How to run an app. */
export interface AppOptions {
  /** The whole configuration of the app. Ports are added; no variable of this process is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** `source` (default) runs src/main.ts through tsx. `dist` runs dist/main.js as in production and needs a build. */
  readonly mode?: 'source' | 'dist';
  /** Receives every line that the app writes. */
  readonly log?: Log;
  /** Called as soon as the process exists, before it is ready. */
  readonly onSpawn?: (app: RunningApp) => void;
  /** Whether to wait until the app is ready (default true). False is for tests of a start that fails or has not ended. */
  readonly awaitReady?: boolean;
}

/** A running api or worker. */
export interface RunningApp extends GuardedProcess {
  readonly name: AppName;
  /** Address of the api's GraphQL server or the worker's health server, without a path. */
  readonly url: string;
  readonly metricsUrl: string;
  /** Resolves when /health/ready answers 200. Rejects if the process ends first or the time is over. */
  ready(timeoutMs?: number): Promise<void>;
}

const ROOT = new URL('../../../../', import.meta.url);
/** Longer than the 30 s that an app waits for its engines, because the app's own error message is more precise. */
const READY_TIMEOUT_MS = 45_000;
const ATTEMPTS = 3;

const startOnce = async (name: AppName, options: AppOptions): Promise<RunningApp> => {
  const folder = new URL(`apps/${name}/`, ROOT);
  const port = options.env['PORT'] ?? String(await freePort());
  const metricsPort = options.env['METRICS_PORT'] ?? String(await freePort());
  const main = fileURLToPath(new URL(options.mode === 'dist' ? 'dist/main.js' : 'src/main.ts', folder));

  const app = await spawnGuarded({
    command: process.execPath,
    args: [...(options.mode === 'dist' ? [] : sourceArgs()), main],
    env: {
      ...baseEnvironment(),
      HOST: '127.0.0.1',
      METRICS_HOST: '127.0.0.1',
      ...options.env,
      PORT: port,
      METRICS_PORT: metricsPort,
    },
    cwd: fileURLToPath(folder),
    onLine: options.log ?? silent,
  });
  const url = `http://127.0.0.1:${port}`;
  const running: RunningApp = {
    ...app,
    name,
    url,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    ready: (timeoutMs = READY_TIMEOUT_MS) =>
      waitUntilReady({ name, url: `${url}/health/ready`, app, timeoutMs }),
  };
  options.onSpawn?.(running);
  return running;
};

/** Starts an app on free ports of 127.0.0.1 under a guardian. The app runs as it does in production. */
export const startApp = async (name: AppName, options: AppOptions): Promise<RunningApp> => {
  const portsAreOurs = options.env['PORT'] === undefined && options.env['METRICS_PORT'] === undefined;

  for (let attempt = 1; ; attempt += 1) {
    const app = await startOnce(name, options);
    if (options.awaitReady === false) return app;
    try {
      await app.ready();
      return app;
    } catch (error) {
      await app.stop(2_000);
      // Another process took the port between the search for a free one and the start.
      const portTaken = app.lines().some((line) => line.includes('EADDRINUSE'));
      if (!portTaken || !portsAreOurs || attempt === ATTEMPTS) throw error;
    }
  }
};
