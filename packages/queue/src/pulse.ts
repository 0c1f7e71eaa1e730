import type { Consumption, Look } from './consumption.ts';
import type { QueueName } from './contracts.ts';
import type { Producer } from './producer.ts';

/** How often a worker leaves a heartbeat in its queue. */
export const HEARTBEAT_MS = 5_000;
/** Not ready when it finished nothing for so long although there was work. */
export const NOT_READY_AFTER_MS = 30_000;
/** Gives itself up after this much, plus up to `STUCK_SPREAD_MS` so that a fleet does not restart in step. */
const STUCK_AFTER_MS = 90_000;
const STUCK_SPREAD_MS = 30_000;

/**
 * BullMQ wakes two idle workers for each job, so some may get no heartbeat for minutes (85 s measured with ten). A worker that
 * finished nothing for this long enqueues four times as many at each tick, at most {@link MOST_HEARTBEATS}.
 * See docs/decisions/0030.
 */
const HUNGRY_AFTER_MS = 5_000;
const MOST_HEARTBEATS = 256;

export interface PulseInput {
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

/** One beat: leave a heartbeat, look at the queue, judge. Call it every {@link HEARTBEAT_MS}. */
export const createPulse = ({
  queue,
  workerId,
  producer,
  consumption,
  enginesAnswer,
  onStuck,
  random,
}: PulseInput) => {
  const stuckAfterMs = STUCK_AFTER_MS + random() * STUCK_SPREAD_MS;
  let beats = 0;
  let heartbeats = 1;
  let stuck = false;

  const look = async (): Promise<Look> => {
    try {
      const [{ consumed, waiting, paused }, answer] = await Promise.all([
        producer.heartbeat(queue, workerId, heartbeats),
        enginesAnswer(),
      ]);
      // Before the first heartbeat there is none that somebody could have taken.
      return { away: !answer, mute: false, work: !paused && (waiting > 0 || (consumed && beats > 0)) };
    } catch {
      return { away: true, mute: true, work: false };
    }
  };

  return async (): Promise<void> => {
    const seen = await look();
    consumption.look(seen);
    beats = seen.away ? 0 : beats + 1;
    const hungry = consumption.stalledForMs >= HUNGRY_AFTER_MS;
    heartbeats = hungry ? Math.min(heartbeats * 4, MOST_HEARTBEATS) : 1;

    if (!stuck && consumption.stalledForMs >= stuckAfterMs) {
      stuck = true;
      onStuck(consumption.stalledForMs);
    }
  };
};
