/** One reading of another clock. */
export interface ClockSample {
  /** The time that it gave, in whole milliseconds since 1970, rounded down. */
  readonly saidMs: number;
  /** When the reading began and when its answer came, in milliseconds of the monotonic clock. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** The result of a correction, in milliseconds; a positive number means that the clock was behind. */
interface Correction {
  readonly byMs: number;
  /** True: corrected at once, so time may have gone backwards. False: corrected little by little. */
  readonly stepped: boolean;
}

/**
 * Another clock's time, continued by this machine's monotonic clock. A change of this machine's wall clock has no effect on it.
 */
export interface SteadyClock {
  now(): Date;
  /** The wall clock of this machine minus this clock, in milliseconds; positive when the wall clock is ahead. */
  offsetMs(): number;
  /** Compares with new samples (at least one) and corrects the clock. */
  correct(samples: readonly ClockSample[]): Correction;
}

/** A larger correction is made at once, because then the other clock was set or another machine answers. */
const STEP_MS = 500;
/**
 * Milliseconds of a correction that are made good per millisecond: 500 ms in 10 s. The value is below 1, so time never runs
 * backwards.
 */
const SLEW = 0.05;

/** The smallest and the largest possible difference of the other clock minus the monotonic clock, by one sample. */
const boundsOf = ({ saidMs, askedAt, answeredAt }: ClockSample) => ({
  least: saidMs - answeredAt,
  most: saidMs + 1 - askedAt,
});

/** The bounds of the most exact sample, which is the one with the shortest round trip. */
const sharpest = (samples: readonly ClockSample[]) => {
  const all = samples.map(boundsOf).sort((a, b) => a.most - a.least - (b.most - b.least));
  const [best] = all;
  if (best === undefined) throw new RangeError('a clock needs a sample');
  return best;
};

/** Makes a clock from at least one sample. Only tests set `monotonicMs` and `wallMs`. */
export const createSteadyClock = ({
  samples,
  monotonicMs = () => performance.now(),
  wallMs = () => Date.now(),
}: {
  samples: readonly ClockSample[];
  monotonicMs?: () => number;
  wallMs?: () => number;
}): SteadyClock => {
  const first = sharpest(samples);
  /** The other clock minus the monotonic clock, in milliseconds. */
  let base = (first.least + first.most) / 2;
  /** The part of the last correction that `now` did not contain yet at the time `since`. */
  let lag = { ms: 0, since: monotonicMs() };

  const lagAt = (at: number): number =>
    Math.sign(lag.ms) * Math.max(0, Math.abs(lag.ms) - SLEW * (at - lag.since));
  const nowMs = (): number => {
    const at = monotonicMs();
    return base + at - lagAt(at);
  };

  return {
    now: () => new Date(nowMs()),
    offsetMs: () => wallMs() - nowMs(),
    correct: (later) => {
      const { least, most } = sharpest(later);
      // Only the least correction that the sample proves. A difference within the sample's uncertainty comes from the round
      // trip, not from the clock.
      const corrected = Math.min(Math.max(base, least), most);
      const byMs = corrected - base;
      const stepped = Math.abs(byMs) > STEP_MS;
      const at = monotonicMs();
      lag = { ms: stepped ? 0 : lagAt(at) + byMs, since: at };
      base = corrected;
      return { byMs, stepped };
    },
  };
};
