import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, EngineError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

const TELL_AFTER_MS = 2000;

/**
 * Tries at boot to reach an engine until it answers. An EngineError thrown by `attempt` (for example: reachable, but no replica
 * set) or a ConfigError ends the wait at once. Any other error leads to another try until `deadlineMs` milliseconds have
 * passed.
 *
 * @throws EngineError after `deadlineMs`, or the error that ended the wait.
 */
export const waitForEngine = async <T>({
  engine,
  attempt,
  remedy,
  log,
  signal,
  deadlineMs = 30_000,
  pauseMs = 100,
}: {
  engine: string;
  attempt: () => Promise<T>;
  /** What the operator should do when the engine never answers. */
  remedy: string;
  log?: Logger;
  signal?: AbortSignal;
  deadlineMs?: number;
  pauseMs?: number;
}): Promise<T> => {
  const startedAt = performance.now();
  let told = false;

  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof EngineError || error instanceof ConfigError) throw error;
      const waitedMs = performance.now() - startedAt;
      if (waitedMs >= deadlineMs) {
        const message = `not reachable for ${Math.round(deadlineMs / 1000)} s`;
        throw new EngineError({ engine, message, remedy }, { cause: error });
      }
      // Failures in the first 2 s are normal, because all processes start at the same time.
      if (!told && waitedMs >= TELL_AFTER_MS) {
        told = true;
        log?.warn({ event: 'engine.waiting', engine, err: error }, 'waiting for an engine');
      }
    }
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
};
