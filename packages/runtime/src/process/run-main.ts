import { ConfigError, EngineError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { scrubText } from '../log/scrub.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';

/** The functions and the signal that `main` receives. */
export interface MainContext {
  /** See {@link Shutdown.onStop}: the part that started last stops first. */
  readonly onStop: Shutdown['onStop'];
  /** To be called as soon as the settings are known. Until then: standard error and 25 s. */
  configure(settings: { readonly log: Logger; readonly shutdownTimeoutMs: number }): void;
  /** Stops all parts in order, then ends the process with `code`, for example when a worker is stuck. */
  exit(code: ExitCode, why: string): void;
  /** Aborts as soon as the process is asked to stop. For loops and waits at boot. */
  readonly signal: AbortSignal;
}

/**
 * Runs a process: `main` wires and starts all parts and returns. SIGTERM and SIGINT stop the parts in order and end the process
 * with 0, or with 1 when the deadline passed or a step failed. A second signal ends the process at once. A ConfigError ends it
 * with 78, an EngineError with 69, and any other error, at boot or unhandled later, with 1.
 */
export const runMain = (main: (context: MainContext) => Promise<void>): void => {
  const stopAsked = new AbortController();
  let log: Logger | undefined;
  let shutdownTimeoutMs = 25_000;
  let stopping = false;

  const shutdown = createShutdown({
    report: ({ step, error }) =>
      say(
        log,
        'error',
        { step, err: error },
        `stopping: ${step} ${error === undefined ? 'took too long' : 'failed'}`,
      ),
  });

  const stopAndExit = async (code: ExitCode): Promise<void> => {
    stopping = true;
    stopAsked.abort();
    const clean = await shutdown.stop(shutdownTimeoutMs);
    process.exit(code === EXIT.ok && !clean ? EXIT.failure : code);
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(EXIT.failure);
    say(log, 'info', { signal }, 'stopping');
    void stopAndExit(EXIT.ok);
  };
  const onCrash = (error: unknown): void => {
    // The state of the process is unknown now. Accepted work lies in the database, and another process continues it.
    say(log, 'fatal', { err: error }, 'crashed');
    process.exit(EXIT.failure);
  };

  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);

  const context: MainContext = {
    onStop: shutdown.onStop,
    signal: stopAsked.signal,
    configure(settings) {
      ({ log, shutdownTimeoutMs } = settings);
    },
    exit(code, why) {
      if (stopping) return;
      say(log, code === EXIT.ok ? 'info' : 'fatal', { code }, why);
      void stopAndExit(code);
    },
  };

  main(context).catch((error: unknown) => {
    if (stopping) return;
    void stopAndExit(explain(log, error));
  });
};

/** Writes to standard error what an operator can do, and returns the exit code. */
const explain = (log: Logger | undefined, error: unknown): ExitCode => {
  if (error instanceof ConfigError) {
    const lines = error.problems.map((problem) => `  ${problem}\n`).join('');
    process.stderr.write(`The configuration cannot be used:\n${lines}`);
    return EXIT.config;
  }
  if (error instanceof EngineError) {
    process.stderr.write(`${scrubText(`${error.engine}: ${error.message}\n  ${error.remedy}`)}\n`);
    return EXIT.unavailable;
  }
  say(log, 'fatal', { err: error }, 'could not start');
  return EXIT.failure;
};

const say = (
  log: Logger | undefined,
  level: 'info' | 'error' | 'fatal',
  details: Readonly<Record<string, unknown>>,
  message: string,
): void => {
  if (log !== undefined) {
    log[level](details, message);
    return;
  }
  const error = details['err'];
  const cause = error instanceof Error ? `: ${error.name}: ${scrubText(error.message)}` : '';
  process.stderr.write(`${message}${cause}\n`);
};
