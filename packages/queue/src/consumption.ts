import type { Clock } from '@latchkey/password-reset';

/** The result of one observation of the queue. */
export interface Observation {
  /** Redis, or another engine that the jobs need, does not answer, so the observation shows nothing about this worker. */
  readonly away: boolean;
  /** No heartbeat could be enqueued: Redis is away, or it answers and refuses to write (no memory, no disk, no replica). */
  readonly refused: boolean;
  /** Jobs wait, or a heartbeat was consumed since the last observation. */
  readonly hasWork: boolean;
}

/**
 * Whether a worker really consumes. This is derived from the jobs that it finished and not from its connection, because in the
 * known failures of this kind (a worker that stopped fetching after an outage) the connection looks healthy.
 */
export interface Consumption {
  finished(): void;
  observe(observation: Observation): void;
  readonly lastFinishedAt: Date | null;
  /** For how many milliseconds there has been work although this worker finished none. */
  readonly stalledForMs: number;
  /**
   * For how many milliseconds no heartbeat could be enqueued and no job was finished, so that nothing is known about this worker.
   */
  readonly refusedForMs: number;
}

/**
 * Upper bound for the time that counts between two observations, so that a suspended process (SIGSTOP, sleep) is not reported as
 * stuck.
 */
const LONGEST_STEP_MS = 10_000;

export const createConsumption = ({
  clock,
  elapsedMs = () => performance.now(),
}: {
  clock: Clock;
  /** A monotonic clock, in milliseconds. */
  elapsedMs?: () => number;
}): Consumption => {
  let lastFinishedAt: Date | null = null;
  let finishedSince = false;
  let lastObservedAt = elapsedMs();
  let stalledForMs = 0;
  let refusedForMs = 0;

  return {
    finished: () => {
      lastFinishedAt = clock.now();
      finishedSince = true;
      stalledForMs = 0;
      refusedForMs = 0;
    },
    observe: ({ away, refused, hasWork }) => {
      const now = elapsedMs();
      const stepMs = Math.min(now - lastObservedAt, LONGEST_STEP_MS);
      lastObservedAt = now;

      // After an outage every worker has the full time again.
      stalledForMs = away || !hasWork || finishedSince ? 0 : stalledForMs + stepMs;
      refusedForMs = refused && !finishedSince ? refusedForMs + stepMs : 0;
      finishedSince = false;
    },
    get lastFinishedAt() {
      return lastFinishedAt;
    },
    get stalledForMs() {
      return stalledForMs;
    },
    get refusedForMs() {
      return refusedForMs;
    },
  };
};
