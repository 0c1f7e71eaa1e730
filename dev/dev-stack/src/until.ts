import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long a test waits for what must come. Longer than the product's own detours: a machine that stalls for 250 ms loses a
 * job, which costs RECONCILE_AFTER, and a lease that nobody gives back expires after 30 s. What has to be *fast* is
 * measured where it is said, never by this.
 */
export const PATIENCE_MS = 60_000;

/** Asks again until the answer is there (neither undefined nor false); for what nobody announces, such as a row's state. */
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
