import { setTimeout as delay } from 'node:timers/promises';
import type { GuardedProcess } from '../process/guarded-process.ts';

const POLL_MS = 25;
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

/** Asks until the address answers 200; rejects with the application's last lines when it ends or takes too long. */
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
  const deadline = Date.now() + timeoutMs;
  let end: string | undefined;
  void app.exited.then(({ code, signal }) => {
    end = `ended with ${signal ?? `exit code ${code}`} before it was ready`;
  });

  while (!(await answersOk(url))) {
    if (Date.now() > deadline) end ??= `was not ready within ${timeoutMs} ms`;
    if (end !== undefined) {
      throw new Error(`the ${name} ${end}; its last lines:\n${app.lines().slice(-SHOWN_LINES).join('\n')}`);
    }
    await delay(POLL_MS);
  }
};
