import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import pTimeout from 'p-timeout';
import { eachLine } from './lines.ts';

const GUARDIAN = fileURLToPath(new URL('../../bin/guardian.mjs', import.meta.url));

/** How a process ended. Both are null if its end was not observed, because its guardian was killed. */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process that ends when this process ends, for any reason. */
export interface GuardedProcess {
  readonly pid: number;
  /** All lines that it has written to stdout and stderr, in the order of their arrival. */
  lines(): readonly string[];
  /** Waits for the first line that fits, among past and future lines. Rejects if the process ends first or the time is over. */
  waitForLine(fits: (line: string) => boolean, timeoutMs?: number): Promise<string>;
  /** Sends a signal to the process. Does nothing if the process has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Sends SIGTERM, then SIGKILL after `graceMs`. Resolves when the process has ended. May be called again. */
  stop(graceMs?: number): Promise<Exit>;
  readonly exited: Promise<Exit>;
}

export interface SpawnInput {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. No variable is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly onLine?: (line: string) => void;
}

/** Longer than the SHUTDOWN_TIMEOUT of an app (25 s), so that the app itself decides its exit code. */
const STOP_GRACE_MS = 30_000;
/** Short, because after the end of the parent no process waits for the child. */
const ORPHAN_GRACE_MS = 2_000;

interface Report {
  readonly pid?: number;
  readonly error?: string;
  readonly exit?: Exit;
}

/** Starts a command under a guardian. Rejects if the command cannot be started. */
export const spawnGuarded = async (input: SpawnInput): Promise<GuardedProcess> => {
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  let exit: Exit | undefined;

  // With `detached`, a Ctrl-C in the terminal reaches only this process, which stops everything in order.
  const guardian = spawn(
    process.execPath,
    [GUARDIAN, String(ORPHAN_GRACE_MS), input.command, ...input.args],
    {
      env: input.env,
      ...(input.cwd === undefined ? {} : { cwd: input.cwd }),
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    },
  );
  guardian.stdin.on('error', () => {});

  const onLine = (line: string) => {
    lines.push(line);
    input.onLine?.(line);
    for (const listener of listeners) listener(line);
  };
  eachLine(guardian.stdout, onLine);
  eachLine(guardian.stderr, onLine);

  const started = new Promise<number>((resolve, reject) => {
    eachLine(guardian.stdio[3] as Readable, (line) => {
      const report: Report = JSON.parse(line);
      if (report.pid !== undefined) resolve(report.pid);
      if (report.error !== undefined)
        reject(new Error(`${input.command} could not be started: ${report.error}`));
      if (report.exit !== undefined) exit = report.exit;
    });
    guardian.once('error', reject);
    guardian.once('exit', () => reject(new Error(`${input.command} could not be started`)));
  });

  const pid = await started;

  const kill = (signal: NodeJS.Signals) => {
    if (exit !== undefined) return;
    try {
      process.kill(pid, signal);
    } catch {
      // The process has just ended.
    }
  };

  const exited = (async (): Promise<Exit> => {
    if (guardian.exitCode === null && guardian.signalCode === null) await once(guardian, 'exit');
    // If only the guardian was killed, its child must still be ended.
    if (exit === undefined) kill('SIGKILL');
    // Wait for the last lines, but not for a grandchild that keeps the pipe open.
    if (!guardian.stdout.readableEnded) {
      await pTimeout(once(guardian.stdout, 'end'), { milliseconds: 500, message: false });
    }
    exit ??= { code: null, signal: null };
    return exit;
  })();

  return {
    pid,
    lines: () => lines,
    kill,
    exited,

    waitForLine: (fits, timeoutMs = 30_000) =>
      new Promise((resolve, reject) => {
        const past = lines.find(fits);
        if (past !== undefined) return resolve(past);

        const settle = (act: () => void) => {
          clearTimeout(timer);
          listeners.delete(listener);
          act();
        };
        const listener = (line: string) => {
          if (fits(line)) settle(() => resolve(line));
        };
        const timer = setTimeout(
          () => settle(() => reject(new Error(`no such line within ${timeoutMs} ms`))),
          timeoutMs,
        );
        listeners.add(listener);
        void exited.then(({ code, signal }) =>
          settle(() => reject(new Error(`ended with ${signal ?? code} before that line`))),
        );
      }),

    stop: async (graceMs = STOP_GRACE_MS) => {
      kill('SIGTERM');
      const timer = setTimeout(() => kill('SIGKILL'), graceMs);
      const result = await exited;
      clearTimeout(timer);
      return result;
    },
  };
};
