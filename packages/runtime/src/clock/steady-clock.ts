/** One look at another clock. */
export interface ClockSample {
  /** What it said, in whole milliseconds since 1970, rounded down. */
  readonly saidMs: number;
  /** When it was asked and when the answer was there, in milliseconds of the monotonic clock. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** What became of a correction, in milliseconds; positive: the clock was behind. */
interface Correction {
  readonly byMs: number;
  /** Made at once, so that time may have gone backwards. Otherwise it is made good little by little. */
  readonly stepped: boolean;
}

/** Another clock's time, carried on by this machine's monotonic clock: setting this machine's wall clock changes nothing. */
export interface SteadyClock {
  now(): Date;
  /** The wall clock of this machine minus this clock, in milliseconds; positive: the wall clock is ahead. */
  offsetMs(): number;
  /** Compares with new samples, of which there must be one. */
  correct(samples: readonly ClockSample[]): Correction;
}

/** Corrections above this are steps: the other clock was set, or another machine answers. */
const STEP_MS = 500;
/** Milliseconds that a running correction makes good in one millisecond: 500 ms in 10 s. Below 1, so time never runs backwards. */
const SLEW = 0.05;

/** Between which two values the other clock minus the monotonic clock must lie, as one sample tells. */
const boundsOf = ({ saidMs, askedAt, answeredAt }: ClockSample) => ({
  least: saidMs - answeredAt,
  most: saidMs + 1 - askedAt,
});

/** The sample that tells most, which is the one with the shortest way there and back. */
const sharpest = (samples: readonly ClockSample[]) => {
  const all = samples.map(boundsOf).sort((a, b) => a.most - a.least - (b.most - b.least));
  const [best] = all;
  if (best === undefined) throw new RangeError('a clock needs a sample');
  return best;
};

/** Starts from at least one sample; both other clocks are given by tests only. */
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
  /** The other clock minus the monotonic clock. */
  let base = (first.least + first.most) / 2;
  /** What `now` was still wrong by at `since`, on purpose. */
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
      // As little as the sample demands: what lies within its uncertainty is noise of the way, not news of the clock.
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
