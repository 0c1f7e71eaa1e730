import { timesWithoutRedis } from '@latchkey/test-kit/metrics';
import { median } from '@latchkey/test-kit/quantiles';
import { applyLoad, cpuMsOf } from './load.ts';
import type { Target, World } from './world.ts';

interface Round {
  readonly target: string;
  readonly perSecond: number;
  /** CPU time of the server's process per request, in milliseconds; null if it cannot be read. */
  readonly cpuMsPerRequest: number | null;
  /** Share of requests that the api answered without Redis, and so with less work. A round above 0.1 % is not counted. */
  readonly withoutRedis: number;
}

interface Pair {
  readonly api: Round;
  readonly floor: Round;
}
const ratioOf = ({ api, floor }: Pair): number => api.perSecond / floor.perSecond;

export interface Throughput {
  readonly connections: number;
  readonly rounds: readonly Round[];
  readonly api: number;
  readonly floor: number;
  /** Median of the ratios of neighbouring rounds, because a slow phase of the machine slows both rounds of a pair. */
  readonly ratio: number;
  readonly cpuRatio: number | null;
}

/** Measures the requests per second of the api and of the floor in turns, on the same engines, with one process each. */
export const measureThroughput = async (
  world: World,
  {
    pairs,
    seconds,
    connections,
    say,
  }: { pairs: number; seconds: number; connections: number; say: (line: string) => void },
): Promise<Throughput> => {
  const api = await world.startApi();
  const floor = await world.startFloor();
  const targets = { api: { name: 'api', url: api.url, pid: api.pid }, floor };

  const skipped = async (name: string): Promise<number> => (name === 'api' ? timesWithoutRedis(api) : 0);
  const round = async ({ name, url, pid }: Target): Promise<Round> => {
    const [before, skippedBefore] = [cpuMsOf(pid), await skipped(name)];
    const { requests, perSecond } = await applyLoad({ url, connections, seconds });
    const after = cpuMsOf(pid);
    const cpuMsPerRequest = before === null || after === null ? null : (after - before) / requests;
    const withoutRedis = ((await skipped(name)) - skippedBefore) / requests;
    return { target: name, perSecond, cpuMsPerRequest, withoutRedis };
  };

  /** Runs one round of each. The api is first in every second pair. */
  const onePair = async (turn: number): Promise<Pair> => {
    if (turn % 2 === 0) return { api: await round(targets.api), floor: await round(targets.floor) };
    const first = await round(targets.floor);
    return { api: await round(targets.api), floor: first };
  };

  try {
    for (const target of [targets.api, targets.floor])
      await applyLoad({ url: target.url, connections, seconds: Math.min(seconds, 4) });

    const counted: Pair[] = [];
    for (let turn = 0; counted.length < pairs; turn += 1) {
      if (turn >= 3 * pairs)
        throw new Error('the api worked without Redis in too many rounds: the machine is too busy');
      const pair = await onePair(turn);
      const { api: ofApi, floor: ofFloor } = pair;
      const idle = ofApi.withoutRedis > 0.001;
      if (!idle) counted.push(pair);
      say(
        `api ${ofApi.perSecond.toFixed(0)}/s, floor ${ofFloor.perSecond.toFixed(0)}/s: ${ratioOf(pair).toFixed(3)}${
          idle ? `; not counted, ${(100 * ofApi.withoutRedis).toFixed(1)} % without Redis` : ''
        }`,
      );
    }

    const cpuRatios = counted.flatMap(({ api: a, floor: f }) =>
      a.cpuMsPerRequest && f.cpuMsPerRequest ? [a.cpuMsPerRequest / f.cpuMsPerRequest] : [],
    );
    const rounds = counted.flatMap((pair) => [pair.api, pair.floor]);
    const of = (name: string) =>
      median(rounds.filter(({ target }) => target === name).map((it) => it.perSecond));
    return {
      connections,
      rounds,
      api: of('api'),
      floor: of('floor'),
      ratio: median(counted.map(ratioOf)),
      cpuRatio: cpuRatios.length === 0 ? null : median(cpuRatios),
    };
  } finally {
    await api.stop();
    await floor.stop();
  }
};
