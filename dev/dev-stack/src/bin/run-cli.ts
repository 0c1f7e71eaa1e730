import { createTeardown, type Teardown } from '../process/teardown.ts';

/** What a command receives. */
export interface Cli {
  readonly teardown: Teardown;
  /** Resolves when the command must stop: Ctrl-C, SIGTERM, a closed terminal, or an npm that has ended. */
  readonly stopped: Promise<void>;
}

const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const PARENT_CHECK_MS = 500;

/** Calls `act` when npm was killed with SIGKILL, because this process would otherwise run forever. */
const onceOrphaned = (act: () => void): void => {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) act();
  }, PARENT_CHECK_MS).unref();
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Runs a command and exits with its code. A first signal stops everything in order. A second one exits at once, and the guardians
 * end the remaining processes. With `runsUntilStopped` a stop is the normal end, so the exit code is 0.
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
  // When the reader of the output has ended (`… | head`, a closed terminal), the error must not prevent the ordered stop.
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
