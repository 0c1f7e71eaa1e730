import type { Clock } from '@latchkey/password-reset';

/** What one observation of the queue found. */
export interface Observation {
  /** Redis, or an engine the jobs need, does not answer: so the observation says nothing about this worker. */
  readonly away: boolean;
  /** No heartbeat could be left: Redis is away, or it answers and refuses to write (no memory, no disk, no replica). */
  readonly refused: boolean;
  /** Jobs wait, or a heartbeat was taken since the last observation. */
  readonly hasWork: boolean;
}

/**
 * Whether a worker object really consumes, told from what it finished and not from what its connection says: the known
 * failures of this kind (a worker that stopped fetching after an outage) look perfectly healthy from inside.
 */
export interface Consumption {
  finished(): void;
  observe(observation: Observation): void;
  readonly lastFinishedAt: Date | null;
  /** How long there has been work without this worker finishing any. */
  readonly stalledForMs: number;
  /** How long nothing was proven, because no heartbeat could be left and no job was finished either. */
  readonly refusedForMs: number;
}

/** Cap per interval, so that a suspended process (SIGSTOP, sleep) is not reported as stuck. */
const LONGEST_STEP_MS = 10_000;

export const createConsumption = ({
  clock,
  elapsedMs = () => performance.now(),
}: {
  clock: Clock;
  /** Counts milliseconds and is never set. */
  elapsedMs?: () => number;
}): Consumption => {
  let lastFinishedAt: Date | null = null;
  let finishedSince = false;
  let lastObservedAt = elapsedMs();
  let stalledForMs = 0;
  let muteForMs = 0;

  return {
    finished: () => {
      lastFinishedAt = clock.now();
      finishedSince = true;
      stalledForMs = 0;
      muteForMs = 0;
    },
    observe: ({ away, refused, hasWork }) => {
      const now = elapsedMs();
      const stepMs = Math.min(now - lastObservedAt, LONGEST_STEP_MS);
      lastObservedAt = now;

      // After an outage everyone gets the full time again.
      stalledForMs = away || !hasWork || finishedSince ? 0 : stalledForMs + stepMs;
      muteForMs = refused && !finishedSince ? muteForMs + stepMs : 0;
      finishedSince = false;
    },
    get lastFinishedAt() {
      return lastFinishedAt;
    },
    get stalledForMs() {
      return stalledForMs;
    },
    get refusedForMs() {
      return muteForMs;
    },
  };
};
