import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long a test waits for an event, in milliseconds. It is longer than the delays that the product allows: if the machine
 * stalls for 250 ms, a job may be missing until RECONCILE_AFTER, and a lease that is not given back expires after 30 s. Tests of
 * speed measure it themselves and do not use this limit.
 */
export const PATIENCE_MS = 60_000;

/**
 * Calls `ask` until its result is neither undefined nor false, and resolves with that result. It is for states without an event,
 * such as the state of a row. Rejects with `what` after `timeoutMs`.
 */
export const until = async <T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = PATIENCE_MS,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(25);
  }
};
