import type { Consumption, Observation } from './consumption.ts';
import type { QueueName } from './contracts.ts';
import type { Producer } from './producer.ts';

/** How often a worker enqueues a heartbeat in its own queue. */
export const HEARTBEAT_MS = 5_000;
/** A worker is not ready when it finished nothing for so long although there was work. */
export const NOT_READY_AFTER_MS = 30_000;
/** A worker reports itself stuck after this much, plus up to `STUCK_SPREAD_MS` so that a fleet does not restart in step. */
const STUCK_AFTER_MS = 90_000;
const STUCK_SPREAD_MS = 30_000;

/**
 * BullMQ notifies two idle workers of each job, so some may get no heartbeat for minutes (85 s measured with ten). A worker that
 * finished nothing for this long enqueues four times as many at each tick, at most {@link MOST_HEARTBEATS}.
 * See docs/decisions/0030.
 */
const MORE_HEARTBEATS_AFTER_MS = 5_000;
const MOST_HEARTBEATS = 256;

export interface MonitorInput {
  readonly queue: QueueName;
  readonly workerId: string;
  readonly producer: Pick<Producer, 'heartbeat'>;
  readonly consumption: Consumption;
  /** Whether the engines that the jobs need, besides Redis, answer. */
  readonly enginesAnswer: () => Promise<boolean>;
  readonly onStuck: (stalledForMs: number) => void;
  /** 0 to 1. */
  readonly random: () => number;
}

/** One round: enqueue a heartbeat, observe the queue, judge. Call it every {@link HEARTBEAT_MS}. */
export const createConsumptionMonitor = ({
  queue,
  workerId,
  producer,
  consumption,
  enginesAnswer,
  onStuck,
  random,
}: MonitorInput) => {
  const stuckAfterMs = STUCK_AFTER_MS + random() * STUCK_SPREAD_MS;
  let rounds = 0;
  let heartbeats = 1;
  let stuck = false;

  const observe = async (): Promise<Observation> => {
    try {
      const [{ consumed, waiting, paused }, answer] = await Promise.all([
        producer.heartbeat(queue, workerId, heartbeats),
        enginesAnswer(),
      ]);
      // Before the first heartbeat there is none that somebody could have taken.
      return { away: !answer, refused: false, hasWork: !paused && (waiting > 0 || (consumed && rounds > 0)) };
    } catch {
      return { away: true, refused: true, hasWork: false };
    }
  };

  return async (): Promise<void> => {
    const seen = await observe();
    consumption.observe(seen);
    rounds = seen.away ? 0 : rounds + 1;
    const unserved = consumption.stalledForMs >= MORE_HEARTBEATS_AFTER_MS;
    heartbeats = unserved ? Math.min(heartbeats * 4, MOST_HEARTBEATS) : 1;

    if (!stuck && consumption.stalledForMs >= stuckAfterMs) {
      stuck = true;
      onStuck(consumption.stalledForMs);
    }
  };
};
