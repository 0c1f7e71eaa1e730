/**
 * `npm run test:timing`: do the answers, the answers after them or the arrival of one's own mail tell who has an account?
 * And would this test notice? `--per-class=N --control-per-class=N --trials=N --seed=N`.
 */
import { parseArgs } from 'node:util';
import { judgeArrivals } from './arrival-verdict.ts';
import { CLASSES, type Class } from './classes.ts';
import { measureAnswers } from './measure-answers.ts';
import { measureArrivals } from './measure-arrivals.ts';
import { circumstances, type Line, lineOf, tableOf, writeResult } from './report.ts';
import { seededRandom } from './statistics/random.ts';
import { compareAll, followers, isDetected, type Sample } from './verdict.ts';
import { startWorld, type World } from './world.ts';

const JITTER_MS = 3_000;
/** A relay of ordinary speed: the slower it is, the more nine mails hold up a tenth. */
const RELAY_MS = 20;
const SLOW: { class: Class; microseconds: number } = { class: 'disabled', microseconds: 50 };

const { values: args } = parseArgs({
  options: {
    'per-class': { type: 'string', default: '20000' },
    'control-per-class': { type: 'string', default: '4000' },
    trials: { type: 'string', default: '150' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const random = seededRandom(Number(args.seed));

const startedAt = performance.now();
const say = (text: string): void => {
  process.stdout.write(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${text}\n`);
};

/** Starts api and worker, does the work, stops both. */
const withApps = async <T>(
  world: World,
  startApi: () => ReturnType<World['startApi']>,
  work: (apiUrl: string) => Promise<T>,
): Promise<T> => {
  const worker = await world.startWorker();
  const api = await startApi();
  try {
    return await work(api.url);
  } finally {
    await api.stop();
    await worker.stop();
  }
};

const compareAnswers = (samples: readonly Sample<Class>[]) => [
  ...compareAll('answer', samples, CLASSES, random),
  ...compareAll('the answer after', followers(samples), CLASSES, random),
];

const inWorld = async <T>(
  jitter: string,
  relayMs: number,
  work: (world: World) => Promise<T>,
): Promise<T> => {
  const world = await startWorld({ jitter, relayMs, say });
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
};

const main = async (): Promise<boolean> => {
  const real = await inWorld(`${JITTER_MS}ms`, RELAY_MS, async (world) => {
    const about = circumstances(world.engines);
    say(`on ${about.mongo}; ${about.cores} cores, load ${about.load[0]}`);

    const measured = await withApps(world, world.startApi, async (apiUrl) => {
      say(`${args['per-class']} requests per class, the product as built`);
      const answers = await measureAnswers({ world, apiUrl, perClass: Number(args['per-class']), random });
      await world.drained();
      say(`${args.trials} times nine requests and one's own, jitter ${JITTER_MS} ms`);
      const arrivals = await measureArrivals({
        world,
        apiUrl,
        trials: Number(args.trials),
        pauseMs: 200,
        random,
      });
      return { answers, arrivals };
    });
    const mails = world.sink.mails.length;
    // A worker that stood still could give nothing away.
    if (mails < Number(args['per-class'])) throw new Error(`only ${mails} mails were delivered meanwhile`);
    say(`${mails} mails were delivered meanwhile; the verdict:`);
    const lines: readonly Line[] = [
      ...compareAnswers(measured.answers).map(lineOf),
      judgeArrivals(measured.arrivals, { jitterMs: JITTER_MS, random }),
    ];
    return { about, lines, mails };
  });
  process.stdout.write(`${tableOf(real.lines)}\n`);

  const control = await inWorld('0s', RELAY_MS, async (world) => {
    const slowly = () => world.startSlowApi(SLOW);
    say(`control: ${SLOW.microseconds} µs more for ${SLOW.class}, and no jitter`);
    return withApps(world, slowly, async (apiUrl) => {
      const arrivals = await measureArrivals({
        world,
        apiUrl,
        trials: Math.min(30, Number(args.trials)),
        pauseMs: 500,
        random,
      });
      const perClass = Number(args['control-per-class']);
      const answers = compareAll(
        'answer',
        await measureAnswers({ world, apiUrl, perClass, random }),
        CLASSES,
        random,
      );
      const ofSlow = answers.filter(({ a, b }) => a === SLOW.class || b === SLOW.class);
      return {
        lines: [...answers.map(lineOf), judgeArrivals(arrivals, { jitterMs: 0, random })],
        answersNoticed: ofSlow.every(isDetected),
      };
    });
  });
  process.stdout.write(`${tableOf(control.lines)}\n`);

  const passed = real.lines.every((line) => line.passed);
  const arrivalNoticed = control.lines.at(-1)?.auc.low ?? 0;
  const noticed = control.answersNoticed && arrivalNoticed > 0.52;
  const file = await writeResult({
    ...real.about,
    seed: Number(args.seed),
    seconds: Math.round((performance.now() - startedAt) / 1_000),
    passed: passed && noticed,
    mails: real.mails,
    product: real.lines,
    control: { slow: SLOW, noticed, lines: control.lines },
  });

  say(passed ? 'nothing tells the classes apart' : 'SOMETHING TELLS THE CLASSES APART');
  say(
    noticed
      ? 'and the same verdict noticed what was put in on purpose'
      : 'BUT THIS TEST WOULD NOT HAVE NOTICED',
  );
  say(file);
  return passed && noticed;
};

main().then(
  (passed) => process.exit(passed ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
