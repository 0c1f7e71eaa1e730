import type { Clock } from '@latchkey/password-reset';
import { type Processor, Worker, type WorkerOptions } from 'bullmq';
import { isNetworkError } from './log.ts';
import { onClock } from './on-clock.ts';

/**
 * When a job that was handed back is due again. Longer than an idle worker blocks (BullMQ's `drainDelay`, 5 s), so that every
 * other worker has come to know of it by then.
 */
export const NOT_MINE_LATER_MS = 6_000;
/** The head start that others get when it is. */
const HEAD_START_MS = 300;
/** Before the next look at a queue that could not be looked at. */
const REFUSED_MS = 1_000;

/**
 * A BullMQ worker that can let others go first. After handing a job back, it fetches delayed jobs 300 ms later than the others,
 * so that a worker with the key gets there first: without this, one of two workers won every delayed job for more than 40 s
 * (measured). New jobs are not delayed and are fetched at once. Overrides protected methods of BullMQ, hence a class.
 */
export class YieldingWorker extends Worker {
  private yieldUntil = 0;
  private readonly clock: Clock;

  /** Delayed jobs are due by `clock`, whatever the wall clock of this machine says. */
  constructor(queue: string, work: Processor, options: WorkerOptions, clock: Clock) {
    super(queue, work, options, onClock(clock));
    this.clock = clock;
  }

  /** For so long, delayed jobs are left to others for a moment when they become due. */
  yieldFor(ms: number): void {
    this.yieldUntil = performance.now() + ms;
  }

  protected override getBlockTimeout(blockUntil: number): number {
    // 0 is not a time, and the first call, from the constructor of the base class, always has it.
    const seconds = super.getBlockTimeout(blockUntil === 0 ? 0 : onWallClock(blockUntil, this.clock));
    const waitsForDelayed = blockUntil > 0 && seconds > 0;
    // The first call comes from the constructor of the base class, before `yieldUntil` exists.
    return waitsForDelayed && performance.now() < (this.yieldUntil ?? 0)
      ? seconds + HEAD_START_MS / 1_000
      : seconds;
  }

  /**
   * BullMQ waits before it asks again only when the connection was lost. A Redis that answers and refuses (no memory, no disk,
   * no replica) would be asked 30,000 times a second (measured).
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

/** The same moment on this machine's wall clock, which BullMQ counts by wherever it reckons a delay. */
export const onWallClock = (at: number, clock: Clock): number => at + Date.now() - clock.now().getTime();
