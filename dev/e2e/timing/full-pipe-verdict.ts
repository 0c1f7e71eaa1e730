import { median } from '@latchkey/test-kit/quantiles';
import type { FullPipeTrial, Target } from './measure-full-pipe.ts';
import type { Line } from './report.ts';
import { aucInterval } from './statistics/auc.ts';
import { worstWelchT } from './statistics/welch.ts';

const WHAT = { lastMs: 'full pipe, last own mail', tailMs: 'full pipe, last 20 own mails' } as const;

/**
 * Judges whether the arrival of the attacker's own mails through a full pipe tells if the requests before them were for a member.
 * With about twenty trials per side the interval is wide: `passed` says only that pure guessing (0.5) lies within it. A pipe
 * without ghost deliveries is measured beside it with the same trial.
 */
export const judgeFullPipe = (
  trials: readonly FullPipeTrial[],
  { random }: { random: () => number },
): readonly Line[] =>
  (['lastMs', 'tailMs'] as const).map((statistic) => {
    const seriesOf = (target: Target) => {
      const group = trials.filter((trial) => trial.target === target);
      return { values: group.map((trial) => trial[statistic]), blocks: group.map(({ block }) => block) };
    };
    const [strangers, members] = [seriesOf('stranger'), seriesOf('member')];
    if ([...strangers.values, ...members.values].some((ms) => !Number.isFinite(ms)))
      throw new Error('a mail did not arrive');

    const auc = aucInterval(strangers, members, { random });
    return {
      what: WHAT[statistic],
      pair: 'target stranger : target member',
      counts: [strangers.values.length, members.values.length],
      medians: [median(strangers.values), median(members.values)],
      auc,
      worstT: worstWelchT(strangers.values, members.values).t,
      passed: auc.low <= 0.5 && auc.high >= 0.5,
    };
  });
