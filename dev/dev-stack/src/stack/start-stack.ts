import { devEnvironment } from '../apps/dev-environment.ts';
import { type RunningApp, startApp } from '../apps/start-app.ts';
import { type RunningHostApp, startHostApp } from '../apps/start-host-app.ts';
import { type Engines, startEngines } from '../engines.ts';
import type { LocalServer } from '../http/static-server.ts';
import { type Log, silent } from '../log.ts';
import { type MailInbox, startMailInbox } from '../mail-inbox/start-mail-inbox.ts';
import { withDatabase } from '../mongo/with-database.ts';
import { startPages } from '../pages/start-pages.ts';
import { freePort } from '../process/free-port.ts';
import type { GuardedProcess } from '../process/guarded-process.ts';
import { createTeardown, type Teardown } from '../process/teardown.ts';

/** The name of the stack, its log functions, and variables that differ from the defaults. */
export interface StackOptions {
  /** Database of the host app and of Latchkey. It replaces the database in a given MONGODB_URI. */
  readonly database: string;
  readonly log?: Log;
  /** Receives every line that host app, api and worker write. */
  readonly appLog?: (name: string, line: string) => void;
  readonly env?: {
    readonly both?: Readonly<Record<string, string>>;
    readonly api?: Readonly<Record<string, string>>;
    readonly worker?: Readonly<Record<string, string>>;
  };
  /** Called when the engines have started, before anything is written to them. */
  readonly onEngines?: (found: Pick<Stack, 'engines' | 'mongodbUri'>) => void;
  /** Receives a stop function for each part that was started, so that it can be stopped while the rest is starting. */
  readonly teardown?: Teardown;
}

/** All parts of one running Latchkey, on free ports of 127.0.0.1. */
export interface Stack {
  readonly engines: Engines;
  readonly mongodbUri: string;
  readonly inbox: MailInbox;
  readonly pages: LocalServer;
  readonly hostApp: RunningHostApp;
  readonly api: RunningApp;
  readonly worker: RunningApp;
  /** `http://127.0.0.1:…/graphql` */
  readonly graphqlUrl: string;
  stop(): Promise<void>;
}

/** Starts engines, inbox, pages, host app, api and worker. If a part fails, all other parts are stopped. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { log = silent, appLog = () => {}, teardown = createTeardown() } = options;
  const logOf = (name: string) => (line: string) => appLog(name, line);

  try {
    const engines = await startEngines({ log });
    teardown.add(engines.stop);
    const mongodbUri = withDatabase(engines.mongo.uri, options.database);
    options.onEngines?.({ engines, mongodbUri });

    const inbox = await startMailInbox();
    teardown.add(inbox.stop);
    // The pages name the api in their policy, and the api names the pages in its settings. So one port must be chosen first.
    const apiPort = await freePort();
    const pages = await startPages({ apiOrigin: `http://127.0.0.1:${apiPort}` });
    teardown.add(pages.stop);

    const env = devEnvironment({
      mongodbUri,
      redisUrl: engines.redis.url,
      smtpUrl: inbox.smtpUrl,
      publicWebUrl: pages.url,
      ...options.env,
    });

    // A process is registered at its spawn, so that it is stopped also while it starts, and before its database is cleared.
    const onSpawn = (started: Pick<GuardedProcess, 'stop'>) => teardown.add(() => started.stop());
    // All results are awaited, so that no process is still starting when a failure stops the others.
    const starting = await Promise.allSettled([
      startApp('api', { env: { ...env.api, PORT: String(apiPort) }, log: logOf('api'), onSpawn }),
      // The users of the host app must exist before the worker examines them.
      startHostApp({ mongodbUri, log: logOf('host'), onSpawn }).then(async (hostApp) => ({
        hostApp,
        worker: await startApp('worker', { env: env.worker, log: logOf('worker'), onSpawn }),
      })),
    ]);
    const [api, { hostApp, worker }] = allOrThrow(starting);

    return {
      engines,
      mongodbUri,
      inbox,
      pages,
      hostApp,
      api,
      worker,
      graphqlUrl: `${api.url}/graphql`,
      stop: async () => {
        await teardown.run();
      },
    };
  } catch (error) {
    await teardown.run();
    throw error;
  }
};

type Settled<T extends readonly unknown[]> = { readonly [K in keyof T]: PromiseSettledResult<T[K]> };

const allOrThrow = <A, B>([first, second]: Settled<readonly [A, B]>): readonly [A, B] => {
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
};
