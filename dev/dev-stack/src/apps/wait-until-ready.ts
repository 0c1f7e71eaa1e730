import type { GuardedProcess } from '../process/guarded-process.ts';
import { until } from '../until.ts';

const SHOWN_LINES = 12;

const answersOk = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
};

/** Polls the address until it answers 200. Rejects with the last lines of the app if it ends or takes too long. */
export const waitUntilReady = async ({
  name,
  url,
  app,
  timeoutMs,
}: {
  name: string;
  url: string;
  app: GuardedProcess;
  timeoutMs: number;
}): Promise<void> => {
  let end: string | undefined;
  void app.exited.then(({ code, signal }) => {
    end = `ended with ${signal ?? `exit code ${code}`} before it was ready`;
  });

  let ready = false;
  const readyOrEnded = async () => {
    ready = await answersOk(url);
    return ready || end !== undefined;
  };
  await until(`the ${name} is ready`, readyOrEnded, timeoutMs).catch(() => {
    end ??= `was not ready within ${timeoutMs} ms`;
  });
  if (ready) return;
  throw new Error(`the ${name} ${end}; its last lines:\n${app.lines().slice(-SHOWN_LINES).join('\n')}`);
};
