import { median } from '@latchkey/test-kit/quantiles';
import { aucInterval, type Interval, type Series } from './statistics/auc.ts';
import { type CroppedT, worstWelchT } from './statistics/welch.ts';

/** The bounds: a guess from one answer is right in at most 52 of 100 cases, and the averages show no difference. */
const BOUND = { aucLow: 0.48, aucHigh: 0.52, t: 4.5 } as const;

/** The time of one answer. */
export interface Sample<Class extends string> {
  readonly class: Class;
  readonly ms: number;
  /** Number of the block in the run. A disturbance of the machine lasts for many requests, so it stays within few blocks. */
  readonly block: number;
}

export interface Comparison {
  readonly what: string;
  readonly a: string;
  readonly b: string;
  readonly counts: readonly [number, number];
  readonly medians: readonly [number, number];
  readonly auc: Interval;
  readonly worstT: CroppedT;
  readonly passed: boolean;
}

/** Compares each class with each other class. */
export const compareAll = <Class extends string>(
  what: string,
  samples: readonly Sample<Class>[],
  classes: readonly Class[],
  random: () => number,
  /** Called before every comparison, because one comparison takes seconds and nothing else runs meanwhile. */
  say: (line: string) => void = () => {},
): readonly Comparison[] => {
  const series = new Map(classes.map((name) => [name, seriesOf(samples.filter((it) => it.class === name))]));

  return classes.flatMap((a, index) =>
    classes.slice(index + 1).map((b) => {
      const [left, right] = [series.get(a) ?? EMPTY, series.get(b) ?? EMPTY];
      say(`comparing ${what}: ${a} and ${b}`);
      return compare({ what, a, b, left, right, random });
    }),
  );
};

/** Groups each answer by the class of the answer *before* it. */
export const followers = <Class extends string>(
  samples: readonly Sample<Class>[],
): readonly Sample<Class>[] =>
  samples.slice(1).map((sample, index) => ({ ...sample, class: samples[index]?.class ?? sample.class }));

export const passes = (auc: Interval, t: number): boolean =>
  auc.low > BOUND.aucLow && auc.high < BOUND.aucHigh && Math.abs(t) < BOUND.t;

/** Whether a difference is certain, and not only impossible to exclude. */
export const isDetected = ({ auc, worstT }: Comparison): boolean =>
  auc.low > BOUND.aucHigh || auc.high < BOUND.aucLow || Math.abs(worstT.t) >= BOUND.t;

const EMPTY: Series = { values: [], blocks: [] };

const seriesOf = (samples: readonly Sample<string>[]): Series => ({
  values: samples.map(({ ms }) => ms),
  blocks: samples.map(({ block }) => block),
});

const compare = ({
  what,
  a,
  b,
  left,
  right,
  random,
}: {
  what: string;
  a: string;
  b: string;
  left: Series;
  right: Series;
  random: () => number;
}): Comparison => {
  const auc = aucInterval(left, right, { random });
  const worstT = worstWelchT(left.values, right.values);
  return {
    what,
    a,
    b,
    counts: [left.values.length, right.values.length],
    medians: [median(left.values), median(right.values)],
    auc,
    worstT,
    passed: passes(auc, worstT.t),
  };
};
