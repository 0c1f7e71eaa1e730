import { ConfigError, EngineError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { scrubText } from '../log/scrub.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';

/** What a `main` gets to work with. */
export interface MainContext {
  /** See {@link Shutdown.onStop}: the last thing started stops first. */
  readonly onStop: Shutdown['onStop'];
  /** As soon as they are known. Until then: standard error and 25 s. */
  configure(settings: { readonly log: Logger; readonly shutdownTimeoutMs: number }): void;
  /** Stops in order and ends the process with `code`, for instance when a worker finds itself stuck. */
  exit(code: ExitCode, why: string): void;
  /** Aborted as soon as the process is asked to stop, for loops and waits at boot. */
  readonly signal: AbortSignal;
}

/**
 * Runs a process: `main` wires and starts everything and returns. SIGTERM and SIGINT stop it in order and end it with 0
 * (1 when the deadline passed or a step failed); a second signal ends it at once. A ConfigError ends it with 78, an
 * EngineError with 69, anything else that is thrown, at boot or unhandled later, with 1.
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
    // Nothing is known about the state any more; what was accepted lies in the database and goes on elsewhere.
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

/** Says on standard error what an operator can do about it, and answers the exit code. */
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
