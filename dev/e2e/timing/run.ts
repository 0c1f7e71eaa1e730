/**
 * `npm run test:timing` measures whether an attacker can learn who has an account from the time of an answer, of the next answer,
 * or of the arrival of the own mail. Controls show that the test would detect a leak.
 * Options: `--per-class=N --control-per-class=N --trials=N --pipe-trials=N --seed=N`; 0 skips a part.
 */
import { parseArgs } from 'node:util';
import { startProgress } from '@latchkey/dev-stack/progress';
import { judgeArrivals } from './arrival-verdict.ts';
import { CLASSES, type Class } from './classes.ts';
import { runFullPipe, runFullPipeWithoutGhosts } from './full-pipe.ts';
import { measureAnswers } from './measure-answers.ts';
import { measureArrivals } from './measure-arrivals.ts';
import { circumstances, type Line, lineOf, tableOf, writeResult } from './report.ts';
import { seededRandom } from './statistics/random.ts';
import { compareAll, followers, isDetected, type Sample } from './verdict.ts';
import { type App, startWorld, type World } from './world.ts';

const JITTER_MS = 3_000;
/** Delay of a relay with usual speed. The slower the relay is, the longer nine mails delay a tenth one. */
const RELAY_MS = 20;
const WARM_UP_TRIALS = 30;
/** Number of trials that is enough to detect a difference of half a round of the relay. */
const CONTROL_TRIALS = 8;
const SLOW: { class: Class; microseconds: number } = { class: 'disabled', microseconds: 50 };
/** Two classes are enough to detect a slow one, and need half the time of four. */
const CONTROL_CLASSES: readonly Class[] = ['unknown', SLOW.class];

const { values: args } = parseArgs({
  options: {
    'per-class': { type: 'string', default: '20000' },
    'control-per-class': { type: 'string', default: '12000' },
    trials: { type: 'string', default: '150' },
    'pipe-trials': { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const random = seededRandom(Number(args.seed));

const startedAt = performance.now();
const { begin, say } = startProgress();

/** Starts an app, runs the work, and stops the app. */
const withApp = async <T>(start: () => Promise<App>, work: (url: string) => Promise<T>): Promise<T> => {
  const app = await start();
  try {
    return await work(app.url);
  } finally {
    await app.stop();
  }
};

/**
 * Every request takes the time of a mail at the relay. With more connections and more concurrent jobs the worker can process
 * thousands of requests, so the answers are measured while it works and not while it waits.
 */
const MANY_PLACES = { SMTP_CONNECTIONS: '30', WORKER_CONCURRENCY: '40' };

const compareAnswers = (samples: readonly Sample<Class>[]) => [
  ...compareAll('answer', samples, CLASSES, random, say),
  ...compareAll('the answer after', followers(samples), CLASSES, random, say),
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

/** Measures what an attacker sees of answers and of own mails while mails are sent as soon as they are due. */
const testAnswers = async () => {
  const real = await inWorld(`${JITTER_MS}ms`, RELAY_MS, async (world) => {
    const about = circumstances(world.sources);
    say(`on ${about.mongo}; ${about.cores} cores, load ${about.load[0]}`);

    const measured = await withApp(world.startApi, async (apiUrl) => {
      begin(`${args['per-class']} requests per class, the product as built`);
      const answers = await withApp(
        () => world.startWorker(MANY_PLACES),
        async () => {
          const perClass = Number(args['per-class']);
          const samples = await measureAnswers({ world, apiUrl, classes: CLASSES, perClass, random, say });
          await world.drained();
          await world.idle();
          return samples;
        },
      );
      begin(`${args.trials} times nine requests and one's own, jitter ${JITTER_MS} ms`);
      const arrivals = await withApp(
        () => world.startWorker(),
        async () => {
          // Warm-up: a new process takes ten times as long for its first mails.
          await measureArrivals({
            world,
            apiUrl,
            trials: WARM_UP_TRIALS,
            pauseMs: 200,
            random,
            say: () => {},
          });
          return measureArrivals({ world, apiUrl, trials: Number(args.trials), pauseMs: 200, random, say });
        },
      );
      return { answers, arrivals };
    });
    const mails = world.relay.mails.length;
    // An idle worker could reveal nothing, so it must have sent mails.
    if (mails < Number(args['per-class'])) throw new Error(`only ${mails} mails were delivered meanwhile`);
    begin(`${mails} mails were delivered meanwhile; the verdict:`);
    const lines: readonly Line[] = [
      ...compareAnswers(measured.answers).map(lineOf),
      judgeArrivals(measured.arrivals, { jitterMs: JITTER_MS, random }),
    ];
    return { about, lines, mails };
  });
  process.stdout.write(`${tableOf(real.lines)}\n`);

  const control = await inWorld('0s', RELAY_MS, async (world) => {
    const slowly = () => world.startSlowApi(SLOW);
    begin(`control: ${SLOW.microseconds} µs more for ${SLOW.class}, and no jitter`);
    return withApp(slowly, async (apiUrl) => {
      const trials = Math.min(30, Number(args.trials));
      const arrivals = await withApp(
        () => world.startWorker(),
        () => measureArrivals({ world, apiUrl, trials, pauseMs: 500, random, say }),
      );
      const perClass = Number(args['control-per-class']);
      const samples = await withApp(
        () => world.startWorker(MANY_PLACES),
        () => measureAnswers({ world, apiUrl, classes: CONTROL_CLASSES, perClass, random, say }),
      );
      const answers = compareAll('answer', samples, CONTROL_CLASSES, random, say);
      return {
        lines: [...answers.map(lineOf), judgeArrivals(arrivals, { jitterMs: 0, random })],
        answersNoticed: answers.every(isDetected),
      };
    });
  });
  process.stdout.write(`${tableOf(control.lines)}\n`);

  const arrivalNoticed = control.lines.at(-1)?.auc.low ?? 0;
  return {
    ...real,
    passed: real.lines.every((line) => line.passed),
    control: {
      slow: SLOW,
      noticed: control.answersNoticed && arrivalNoticed > 0.52,
      lines: control.lines,
    },
  };
};

/** Measures what an attacker sees of own mails when they fill the connections to the relay. */
const testFullPipe = async () => {
  const trials = Number(args['pipe-trials']);
  begin(
    `${trials} times three requests for either target, and mails to oneself behind them, the product as built`,
  );
  const lines = await runFullPipe({ trialsPerTarget: trials, random, say });
  process.stdout.write(`${tableOf(lines)}\n`);
  begin('control: requests that end without a mail cost the way out nothing');
  const control = await runFullPipeWithoutGhosts({
    trialsPerTarget: Math.min(CONTROL_TRIALS, trials),
    random,
    say,
  });
  process.stdout.write(`${tableOf(control)}\n`);

  return {
    lines,
    passed: lines.every((line) => line.passed),
    control: { noticed: control.some(({ auc }) => auc.low > 0.5), lines: control },
  };
};

const main = async (): Promise<boolean> => {
  const answers = Number(args['per-class']) > 0 ? await testAnswers() : undefined;
  const fullPipe = Number(args['pipe-trials']) > 0 ? await testFullPipe() : undefined;

  const parts = [answers, fullPipe].filter((part) => part !== undefined);
  const passed = parts.every((part) => part.passed);
  const noticed = parts.every(({ control }) => control.noticed);
  const file = await writeResult({
    at: new Date().toISOString(),
    ...answers?.about,
    seed: Number(args.seed),
    seconds: Math.round((performance.now() - startedAt) / 1_000),
    passed: passed && noticed,
    mails: answers?.mails,
    product: answers?.lines,
    control: answers?.control,
    fullPipe,
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
