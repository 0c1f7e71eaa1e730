import { type AppName, type RunningApp, startApp } from '@latchkey/dev-stack';
import { PATIENCE_MS } from '@latchkey/test-kit/until';

export interface Ended {
  readonly code: number | null;
  /** Everything that it wrote to standard output and standard error. */
  readonly output: string;
  readonly ms: number;
}

/** Starts a built app that is expected to end by itself, and waits for its end. Kills it after `timeoutMs`. */
export const runToItsEnd = async (
  name: AppName,
  env: Readonly<Record<string, string>>,
  timeoutMs = PATIENCE_MS,
): Promise<Ended> => {
  const startedAt = performance.now();
  const app: RunningApp = await startApp(name, { env, mode: 'dist', awaitReady: false });
  const timer = setTimeout(() => app.kill('SIGKILL'), timeoutMs);
  const { code } = await app.exited;
  clearTimeout(timer);
  return { code, output: app.lines().join('\n'), ms: performance.now() - startedAt };
};
