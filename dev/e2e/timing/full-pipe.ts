import { judgeFullPipe } from './full-pipe-verdict.ts';
import { measureFullPipe } from './measure-full-pipe.ts';
import type { Line } from './report.ts';
import { type App, startWorld, type World } from './world.ts';

const JITTER = '3s';
const RELAY = { relayMs: 1_000, relaySpread: 0.1 };

export interface FullPipeRunOptions {
  readonly trialsPerTarget: number;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

/** Runs the attack through a full pipe on the built product, with the default of every limit. */
export const runFullPipe = (options: FullPipeRunOptions): Promise<readonly Line[]> =>
  run(options, (world) => world.startWorker());

/** Runs the same attack with a worker that makes no ghost deliveries. */
export const runFullPipeWithoutGhosts = (options: FullPipeRunOptions): Promise<readonly Line[]> =>
  run(options, (world) => world.startWorkerWithoutGhosts());

const run = async (
  { trialsPerTarget, random, say }: FullPipeRunOptions,
  startWorker: (world: World) => Promise<App>,
): Promise<readonly Line[]> => {
  const stops: (() => Promise<unknown>)[] = [];
  const start = async () => {
    const world = await startWorld({
      jitter: JITTER,
      ...RELAY,
      // The attacker uses many networks. The test writes them into X-Forwarded-For, so the api must trust that header.
      api: { TRUSTED_PROXIES: '127.0.0.1/32' },
      say: () => {},
    });
    stops.unshift(world.stop);
    const worker = await startWorker(world);
    stops.unshift(worker.stop);
    const api = await world.startApi();
    stops.unshift(api.stop);
    return { world, apiUrl: api.url };
  };

  try {
    const pipes = [await start(), await start()] as const;
    const trials = await measureFullPipe({ pipes, trialsPerTarget, random, say });
    return judgeFullPipe(trials, { random });
  } finally {
    for (const stop of stops) await stop();
  }
};
