import { median } from '@latchkey/test-kit/quantiles';
import type { FullPipeTrial, Target } from './measure-full-pipe.ts';
import type { Line } from './report.ts';
import { aucInterval } from './statistics/auc.ts';
import { worstWelchT } from './statistics/welch.ts';

const WHAT = { lastMs: 'full pipe, last own mail', tailMs: 'full pipe, last 20 own mails' } as const;

/**
 * Whether the arrival of one's own mails through a full pipe tells if the requests before them were for a member. With some
 * twenty trials a side the interval is wide: `passed` says that a guess as good as a coin's is within it, no more. What a
 * pipe without ghosts looks like to the same trial is measured beside it.
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
