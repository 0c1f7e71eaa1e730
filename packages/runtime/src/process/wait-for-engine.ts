import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, EngineError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

const TELL_AFTER_MS = 2000;

/**
 * Tries to reach an engine at boot until it answers. An EngineError thrown by `attempt` (for instance: reachable, but not
 * a replica set) or a ConfigError ends the wait at once; anything else is tried again until `deadlineMs`.
 *
 * @throws EngineError after `deadlineMs`, or what ended the wait.
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
  /** What to do when it never answers. */
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
      // The first moments are normal: everything starts at once.
      if (!told && waitedMs >= TELL_AFTER_MS) {
        told = true;
        log?.warn({ event: 'engine.waiting', engine, err: error }, 'waiting for an engine');
      }
    }
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
};
