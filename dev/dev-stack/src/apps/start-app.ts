import { fileURLToPath } from 'node:url';
import { type Log, silent } from '../log.ts';
import { baseEnvironment } from '../process/base-environment.ts';
import { freePort } from '../process/free-port.ts';
import { type GuardedProcess, spawnGuarded } from '../process/guarded-process.ts';
import { sourceArgs } from '../process/node-script.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** The applications there are. */
export type AppName = 'api' | 'worker';

/** How to run an application. */
export interface AppOptions {
  /** The application's whole configuration; ports are added, nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** `source`: src/main.ts through tsx. `dist`: dist/main.js, as in production; build first. */
  readonly mode?: 'source' | 'dist';
  /** Receives every line the application writes. */
  readonly log?: Log;
  /** Told of the process as soon as there is one, ready or not. */
  readonly onSpawn?: (app: RunningApp) => void;
  /** Waits for readiness before resolving (default). False for tests of what happens before, or instead. */
  readonly awaitReady?: boolean;
}

/** A running api or worker. */
export interface RunningApp extends GuardedProcess {
  readonly name: AppName;
  /** Of the api's GraphQL server or the worker's health server, without a path. */
  readonly url: string;
  readonly metricsUrl: string;
  /** Resolves when /health/ready answers 200; rejects when the process ends first or the time is up. */
  ready(timeoutMs?: number): Promise<void>;
}

const ROOT = new URL('../../../../', import.meta.url);
/** An app waits 30 s for its engines before it gives up by itself; its own words are better than ours. */
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

/** Starts an application on free ports of 127.0.0.1, under a guardian; it knows nothing of being in development. */
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
      // Somebody else took the port between the look and the start.
      const portTaken = app.lines().some((line) => line.includes('EADDRINUSE'));
      if (!portTaken || !portsAreOurs || attempt === ATTEMPTS) throw error;
    }
  }
};
