import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from '@latchkey/dev-stack/until';
import { vi } from 'vitest';

export { PATIENCE_MS, until } from '@latchkey/dev-stack/until';

/** Waits until the assertions in `check` hold, for mocks and web pages. The time limit is long: it is no performance bound. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });

/** Turns of the event loop: enough for what has happened already to be told. */
const TURNS = 20;

/**
 * What `work` comes to, if it is over before a timer that starts with it. For deadlines of this process: both timers run in one
 * event loop, so a busy machine delays both and leaves their order as it is.
 *
 * @throws Error when the timer was first.
 */
export const beforeTimer = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
  const over = new AbortController();
  const working = work().finally(() => over.abort());
  const timer = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);

  await Promise.race([working, timer]);
  for (let turn = 0; turn < TURNS && !over.signal.aborted; turn += 1) await nextTurn();
  if (over.signal.aborted) return working;

  working.catch(() => undefined);
  throw new Error(`not over before a timer of ${ms} ms`);
};
