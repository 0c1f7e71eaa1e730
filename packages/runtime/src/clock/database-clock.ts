import { Gauge, type Registry } from 'prom-client';
import { EngineError } from '../errors.ts';
import type { Log } from '../log/logger.ts';
import { type ClockSample, createSteadyClock, type SteadyClock } from './steady-clock.ts';

/** A machine whose clock is off by more than this gets a warning. */
export const CLOCK_OFF_MS = 500;
/** A process on a machine whose clock is off by more than this does not start. */
export const CLOCK_REFUSED_MS = 5_000;
const SAMPLES = 5;
/** Two quartz clocks differ by about 2 ms after this time. */
const LOOK_EVERY_MS = 15_000;
/**
 * How often the wall clock and the monotonic clock of this machine are compared. After a suspension the monotonic clock is
 * behind by the length of the suspension.
 */
const COMPARE_EVERY_MS = 500;

/** The one clock that all processes use: the database's. */
export interface DatabaseClock extends Pick<SteadyClock, 'now' | 'offsetMs'> {
  /** Stops reading the database's clock. */
  stop(): void;
}

/** Reads the database's clock in one round trip; rejects without an answer. */
export type ReadTime = () => Promise<Date>;

const look = async (
  readTime: ReadTime,
  monotonicMs: () => number = () => performance.now(),
): Promise<readonly ClockSample[]> => {
  const samples: ClockSample[] = [];
  for (let count = 0; count < SAMPLES; count += 1) {
    const askedAt = monotonicMs();
    const saidMs = (await readTime()).getTime();
    samples.push({ saidMs, askedAt, answeredAt: monotonicMs() });
  }
  return samples;
};

const differenceOf = (clock: SteadyClock): string => {
  const seconds = clock.offsetMs() / 1_000;
  return `this machine's clock is ${Math.abs(seconds).toFixed(1)} s ${seconds > 0 ? 'ahead of' : 'behind'} the database's`;
};

/** Reads the database's clock. `difference` says in words how far this machine's clock is off. Rejects as `readTime` does. */
export const compareClocks = async (
  readTime: ReadTime,
  monotonicMs: () => number = () => performance.now(),
): Promise<{ readonly clock: SteadyClock; readonly difference: string }> => {
  const clock = createSteadyClock({ samples: await look(readTime, monotonicMs), monotonicMs });
  return { clock, difference: differenceOf(clock) };
};

/** What an operator should do about a machine whose clock is off. */
export const CLOCK_REMEDY = 'Let NTP set the clocks of both machines (timedatectl, chronyc tracking).';

/**
 * Reads the database's clock and follows it from then on. When the database is away or slow, the clock continues unchanged.
 *
 * @throws EngineError when this machine's clock is more than 5 s off; otherwise as `readTime` rejects.
 */
export const startDatabaseClock = async ({
  readTime,
  log,
  lookEveryMs = LOOK_EVERY_MS,
  monotonicMs = () => performance.now(),
}: {
  readTime: ReadTime;
  log: Log;
  lookEveryMs?: number;
  /** Only tests set this. */
  monotonicMs?: () => number;
}): Promise<DatabaseClock> => {
  const { clock, difference } = await compareClocks(readTime, monotonicMs);
  if (Math.abs(clock.offsetMs()) > CLOCK_REFUSED_MS) {
    const message = `${difference}; more than ${CLOCK_REFUSED_MS / 1_000} s is refused`;
    throw new EngineError({ engine: 'MongoDB', message, remedy: CLOCK_REMEDY });
  }

  let off = false;
  const judge = (): void => {
    const offsetMs = Math.round(clock.offsetMs());
    const isOff = Math.abs(offsetMs) > CLOCK_OFF_MS;
    if (isOff === off) return;
    off = isOff;
    if (isOff) log.warn({ event: 'clock.off', offsetMs }, `${differenceOf(clock)}. ${CLOCK_REMEDY}`);
    else log.info({ event: 'clock.right', offsetMs }, "this machine's clock is right again");
  };

  const apartMs = (): number => Date.now() - monotonicMs();
  let apartAtLookMs = apartMs();

  const follow = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    clearTimeout(timer);
    const apartNowMs = apartMs();
    const samples = await look(readTime, monotonicMs).catch(() => undefined);
    looking = false;
    if (stopped) return;
    if (samples !== undefined) {
      // This is set only after an answer. A machine that wakes up gets its network later, so until then every comparison starts
      // another look.
      apartAtLookMs = apartNowMs;
      const { byMs, stepped } = clock.correct(samples);
      if (stepped)
        log.warn(
          { event: 'clock.stepped', byMs: Math.round(byMs) },
          "the database's clock was set, or another member answers",
        );
      judge();
    }
    timer = setTimeout(follow, lookEveryMs).unref();
  };

  let stopped = false;
  let looking = false;
  judge();
  let timer = setTimeout(follow, lookEveryMs).unref();
  const comparing = setInterval(() => {
    if (Math.abs(apartMs() - apartAtLookMs) > CLOCK_OFF_MS) void follow();
  }, COMPARE_EVERY_MS).unref();

  return {
    now: clock.now,
    offsetMs: clock.offsetMs,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      clearInterval(comparing);
    },
  };
};

/** Declares the metric that shows a machine with a wrong clock. */
export const watchClock = (registry: Registry, clock: Pick<DatabaseClock, 'offsetMs'>): void => {
  new Gauge({
    name: 'latchkey_clock_offset_seconds',
    help: "Wall clock of this machine minus the database's clock. All times are the database's; above 5 s no process starts.",
    registers: [registry],
    collect() {
      this.set(clock.offsetMs() / 1_000);
    },
  });
};
