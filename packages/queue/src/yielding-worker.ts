import type { Clock } from '@latchkey/password-reset';
import { type Processor, Worker, type WorkerOptions } from 'bullmq';
import { isNetworkError } from './log.ts';
import { onClock } from './on-clock.ts';

/**
 * Delay, in milliseconds, of a job that was handed back. Longer than an idle worker blocks (BullMQ's `drainDelay`, 5 s), so that
 * every other worker knows of the job when it is due.
 */
export const NOT_MINE_LATER_MS = 6_000;
/** How much earlier, in milliseconds, the other workers fetch that job then. */
const HEAD_START_MS = 300;
/** Pause, in milliseconds, after a fetch that Redis refused. */
const REFUSED_MS = 1_000;

/**
 * A BullMQ worker that can let others go first. After it has handed a job back, it fetches delayed jobs 300 ms later than the
 * others, so that a worker with the key gets the job. Without this, one of two workers got every delayed job for more than 40 s
 * (measured). New jobs are not delayed and are fetched at once. This is a class because it overrides protected methods of BullMQ.
 */
export class YieldingWorker extends Worker {
  private yieldUntil = 0;
  private readonly clock: Clock;

  /** Delayed jobs are due by `clock`, not by the wall clock of this machine. */
  constructor(queue: string, work: Processor, options: WorkerOptions, clock: Clock) {
    super(queue, work, options, onClock(clock));
    this.clock = clock;
  }

  /** For `ms` milliseconds this worker fetches delayed jobs a moment later than the others. */
  yieldFor(ms: number): void {
    this.yieldUntil = performance.now() + ms;
  }

  protected override getBlockTimeout(blockUntil: number): number {
    // 0 is not a time. The constructor of the base class calls this with 0, before `clock` exists.
    const seconds = super.getBlockTimeout(blockUntil === 0 ? 0 : onWallClock(blockUntil, this.clock));
    const waitsForDelayed = blockUntil > 0 && seconds > 0;
    // The constructor of the base class calls this before `yieldUntil` exists.
    return waitsForDelayed && performance.now() < (this.yieldUntil ?? 0)
      ? seconds + HEAD_START_MS / 1_000
      : seconds;
  }

  /**
   * BullMQ pauses only after a lost connection. Without this pause, a Redis that answers and refuses (no memory, no disk, no
   * replica) would be asked 30,000 times a second (measured).
   */
  protected override async moveToActive(token: string, name?: string) {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      if (!this.closing && error instanceof Error && !isNetworkError(error)) await this.delay(REFUSED_MS);
      throw error;
    }
  }
}

/**
 * The moment `at` by the wall clock of this machine, because BullMQ calculates delays with that clock. Both in milliseconds since
 * 1970.
 */
export const onWallClock = (at: number, clock: Clock): number => at + Date.now() - clock.now().getTime();
