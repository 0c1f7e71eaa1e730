import { createTeardown, type Teardown } from '../process/teardown.ts';

/** What a command gets to work with. */
export interface Cli {
  readonly teardown: Teardown;
  /** Resolves when somebody wants us to stop: Ctrl-C, SIGTERM, a closed terminal, a dead npm. */
  readonly stopped: Promise<void>;
}

const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const PARENT_CHECK_MS = 500;

/** npm killed with SIGKILL leaves us running without anybody who could stop us. */
const onceOrphaned = (act: () => void): void => {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) act();
  }, PARENT_CHECK_MS).unref();
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Runs a command to its exit code. A signal stops everything in order first; a second one leaves at once, and the guardians
 * end what is still there. `runsUntilStopped`: being stopped is how it is meant to end, so that is a success.
 */
export const runCli = async (
  main: (cli: Cli) => Promise<number>,
  { runsUntilStopped = false }: { runsUntilStopped?: boolean } = {},
): Promise<never> => {
  const teardown = createTeardown();
  let interruption: number | undefined;

  const stopped = new Promise<void>((resolve) => {
    for (const [signal, code] of Object.entries(SIGNAL_CODES)) {
      process.on(signal, () => {
        if (interruption !== undefined) process.exit(code);
        interruption = code;
        resolve();
      });
    }
    onceOrphaned(() => {
      interruption ??= SIGNAL_CODES.SIGHUP;
      resolve();
    });
  });
  // Output nobody reads any more (`… | head`, a closed terminal) is no reason to crash before everything is stopped.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});

  const code = await Promise.race([
    main({ teardown, stopped }).catch((error: unknown) => {
      process.stderr.write(`\n✗ ${messageOf(error)}\n`);
      return 1;
    }),
    stopped.then(() => (runsUntilStopped ? 0 : (interruption ?? 1))),
  ]);
  await teardown.run();
  process.exit(code);
};
