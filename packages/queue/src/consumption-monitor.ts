import type { Consumption, Observation } from './consumption.ts';
import type { QueueName } from './contracts.ts';
import type { Producer } from './producer.ts';

/** How often, in milliseconds, a worker enqueues a heartbeat in its own queue. */
export const HEARTBEAT_MS = 5_000;
/** A worker that finished no job for so long (milliseconds) although there was work is not ready. */
export const NOT_READY_AFTER_MS = 30_000;
/**
 * A worker reports itself as stuck after this time plus up to `STUCK_SPREAD_MS`, so that the workers do not all restart at the
 * same moment.
 */
const STUCK_AFTER_MS = 90_000;
const STUCK_SPREAD_MS = 30_000;

/**
 * BullMQ notifies two idle workers of each job, so a worker may get no heartbeat for minutes (measured: 85 s with ten workers). A
 * worker that finished no job for this long enqueues four times as many heartbeats in each round, at most {@link MOST_HEARTBEATS}
 * (decision 30).
 */
const MORE_HEARTBEATS_AFTER_MS = 5_000;
const MOST_HEARTBEATS = 256;

export interface MonitorInput {
  readonly queue: QueueName;
  readonly workerId: string;
  readonly producer: Pick<Producer, 'heartbeat'>;
  readonly consumption: Consumption;
  /** Whether the engines that the jobs need besides Redis answer. */
  readonly enginesAnswer: () => Promise<boolean>;
  readonly onStuck: (stalledForMs: number) => void;
  /** A random number from 0 to 1. */
  readonly random: () => number;
}

/**
 * Makes the function for one round: enqueue heartbeats, observe the queue, report a worker that is stuck. The caller runs it
 * every {@link HEARTBEAT_MS}.
 */
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
      // In the first round there is no earlier heartbeat that a worker could have consumed.
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
