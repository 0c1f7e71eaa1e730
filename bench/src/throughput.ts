import { applyLoad, cpuMsOf, median } from './load.ts';
import type { Target, World } from './world.ts';

export interface Round {
  readonly target: string;
  readonly perSecond: number;
  /** Of the server's own process; null where it cannot be read. */
  readonly cpuMsPerRequest: number | null;
}

export interface Throughput {
  readonly connections: number;
  readonly rounds: readonly Round[];
  readonly api: number;
  readonly floor: number;
  /** Median of the ratios of neighbouring rounds: what slows the machine for a while slows both. */
  readonly ratio: number;
  readonly cpuRatio: number | null;
}

/** Requests per second of the api beside the floor's: same engines, one process each, turn by turn. */
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
  const targets: readonly [Target, Target] = [{ name: 'api', url: api.url, pid: api.pid }, floor];

  const round = async ({ name, url, pid }: Target): Promise<Round> => {
    const before = cpuMsOf(pid);
    const { requests, perSecond } = await applyLoad({ url, connections, seconds });
    const after = cpuMsOf(pid);
    const cpuMsPerRequest = before === null || after === null ? null : (after - before) / requests;
    return { target: name, perSecond, cpuMsPerRequest };
  };

  try {
    for (const target of targets)
      await applyLoad({ url: target.url, connections, seconds: Math.min(seconds, 4) });

    const rounds: Round[] = [];
    const [ratios, cpuRatios]: [number[], number[]] = [[], []];
    for (let pair = 0; pair < pairs; pair += 1) {
      // Api first, floor first, by turns.
      const order = pair % 2 === 0 ? targets : ([targets[1], targets[0]] as const);
      const [one, two] = [await round(order[0]), await round(order[1])];
      const [ofApi, ofFloor] = one.target === 'api' ? [one, two] : [two, one];
      rounds.push(one, two);
      ratios.push(ofApi.perSecond / ofFloor.perSecond);
      if (ofApi.cpuMsPerRequest && ofFloor.cpuMsPerRequest) {
        cpuRatios.push(ofApi.cpuMsPerRequest / ofFloor.cpuMsPerRequest);
      }
      say(
        `api ${ofApi.perSecond.toFixed(0)}/s, floor ${ofFloor.perSecond.toFixed(0)}/s: ${ratios.at(-1)?.toFixed(3)}`,
      );
    }

    const of = (name: string) =>
      median(rounds.filter(({ target }) => target === name).map((it) => it.perSecond));
    return {
      connections,
      rounds,
      api: of('api'),
      floor: of('floor'),
      ratio: median(ratios),
      cpuRatio: cpuRatios.length === 0 ? null : median(cpuRatios),
    };
  } finally {
    await api.stop();
    await floor.stop();
  }
};
