import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

/**
 * Tries to reach an engine at boot until it answers. An EngineError thrown by `attempt` (for instance: reachable, but not
 * a replica set) ends the wait at once; anything else is tried again until `deadlineMs`.
 *
 * @throws EngineError
 */
export const waitForEngine = async <T>({
  engine,
  attempt,
  remedy,
  logger,
  signal,
  deadlineMs = 30_000,
  pauseMs = 500,
}: {
  engine: string;
  attempt: () => Promise<T>;
  /** What to do when it never answers. */
  remedy: string;
  logger?: Logger;
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
      if (error instanceof EngineError) throw error;
      if (performance.now() - startedAt >= deadlineMs) {
        const message = `not reachable for ${Math.round(deadlineMs / 1000)} s`;
        throw new EngineError({ engine, message, remedy }, { cause: error });
      }
      if (!told) logger?.warn({ engine, err: error }, 'waiting for an engine');
      told = true;
    }
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
};
