import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import pTimeout from 'p-timeout';
import { eachLine } from './lines.ts';

const GUARDIAN = fileURLToPath(new URL('../../bin/guardian.mjs', import.meta.url));

/** How a process ended; both null when it was never seen to (its guardian was killed). */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child that ends when this process does, however this process ends. */
export interface GuardedProcess {
  readonly pid: number;
  /** Everything it wrote so far, stdout and stderr, in order of arrival. */
  lines(): readonly string[];
  /** The first line, past or future, that fits. Rejects when the process ends first or the time is up. */
  waitForLine(fits: (line: string) => boolean, timeoutMs?: number): Promise<string>;
  /** Sends a signal to the process itself; nothing happens when it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it is gone; may be called again. */
  stop(graceMs?: number): Promise<Exit>;
  readonly exited: Promise<Exit>;
}

export interface SpawnInput {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly onLine?: (line: string) => void;
}

/** Longer than an application's own SHUTDOWN_TIMEOUT (25 s), so that its own verdict is seen. */
const STOP_GRACE_MS = 30_000;
/** When the parent is gone nobody waits for anything. */
const ORPHAN_GRACE_MS = 2_000;

interface Report {
  readonly pid?: number;
  readonly error?: string;
  readonly exit?: Exit;
}

/** Starts a command under a guardian; rejects when it cannot be started at all. */
export const spawnGuarded = async (input: SpawnInput): Promise<GuardedProcess> => {
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  let exit: Exit | undefined;

  // detached: a Ctrl-C in the terminal reaches only us, and we stop everything in order.
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
      // gone in this very moment
    }
  };

  const exited = (async (): Promise<Exit> => {
    if (guardian.exitCode === null && guardian.signalCode === null) await once(guardian, 'exit');
    // Somebody killed the guardian alone: its child must not stay behind.
    if (exit === undefined) kill('SIGKILL');
    // Let the last lines arrive, but do not wait for a grandchild that holds the pipe.
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
