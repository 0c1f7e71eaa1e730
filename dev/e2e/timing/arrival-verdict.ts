import { median } from '@latchkey/test-kit/quantiles';
import type { Arrival, Company } from './measure-arrivals.ts';
import type { Line } from './report.ts';
import { jitteredAucInterval } from './statistics/jittered-auc.ts';
import { distanceFromUniform, mostByChance } from './statistics/uniform.ts';
import { worstWelchT } from './statistics/welch.ts';
import { passes } from './verdict.ts';

/**
 * Judges whether the arrival time of the attacker's own mail tells members from strangers. The AUC is computed for lag plus
 * jitter, with the jitter integrated. This is valid only if the drawn jitter was uniform over its whole range in both groups, so
 * that is checked. t is computed from the arrivals as the attacker saw them.
 */
export const judgeArrivals = (
  arrivals: readonly Arrival[],
  { jitterMs, random }: { jitterMs: number; random: () => number },
): Line => {
  const after = (company: Company) => arrivals.filter((arrival) => arrival.company === company);
  const [strangers, members] = [after('strangers'), after('members')];
  const lags = (group: readonly Arrival[]) => group.map(({ lagMs }) => lagMs);
  const seen = (group: readonly Arrival[]) => group.map(({ seenMs }) => seenMs);
  if (arrivals.some(({ lagMs, seenMs }) => !(lagMs >= -1) || !Number.isFinite(seenMs))) {
    throw new Error('a mail arrived before it was due, or not at all');
  }
  for (const group of jitterMs > 0 ? [strangers, members] : []) {
    const drawn = group.map((arrival) => arrival.jitterMs);
    if (distanceFromUniform(drawn, jitterMs) > mostByChance(drawn.length)) {
      throw new Error(`the jitter that was drawn is not spread over ${jitterMs} ms`);
    }
  }

  const auc = jitteredAucInterval(lags(strangers), lags(members), jitterMs, { random });
  const { t } = worstWelchT(seen(strangers), seen(members));
  return {
    what: `own mail, jitter ${jitterMs} ms`,
    pair: 'after 9 strangers : after 9 members',
    counts: [strangers.length, members.length],
    medians: [median(lags(strangers)), median(lags(members))],
    auc,
    worstT: t,
    passed: passes(auc, t),
  };
};
