/** `npm run bench`: measures the product and its floors in one run. `--pairs=N --seconds=N --connections=N --mails=N`. */
import { parseArgs } from 'node:util';
import { startProgress } from '@latchkey/dev-stack/progress';
import { type Relay, startRelay } from '@latchkey/test-kit/relay';
import { measureMailRate } from './mail-rate.ts';
import { circumstances, markdownOf, meetsTargets, writeReport } from './report.ts';
import { measureThroughput } from './throughput.ts';
import { measureWhileHashing } from './while-hashing.ts';
import { startWorld, type World } from './world.ts';

const { values: args } = parseArgs({
  options: {
    pairs: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '6' },
    connections: { type: 'string', default: '20' },
    mails: { type: 'string', default: '1500' },
  },
});

const { begin, say } = startProgress();

/** Starts new engines for every measurement. Otherwise a worker would process jobs of the measurement before. */
const inWorld = async <T>(relay: Relay, work: (world: World) => Promise<T>): Promise<T> => {
  const world = await startWorld({ relay, say });
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
};

const main = async (): Promise<boolean> => {
  const about = circumstances();
  const relay = await startRelay();
  const [pairs, seconds] = [Number(args.pairs), Number(args.seconds)];
  try {
    begin('throughput beside the floor');
    const { sources, throughput } = await inWorld(relay, async (world) => ({
      sources: world.sources,
      throughput: await measureThroughput(world, {
        pairs,
        seconds,
        connections: Number(args.connections),
        say,
      }),
    }));
    begin('p99 while passwords are being hashed');
    const whileHashing = await inWorld(relay, (world) =>
      measureWhileHashing(world, { rounds: 5, seconds, say }),
    );
    begin('mails per second');
    const mailRate = await inWorld(relay, (world) => measureMailRate(world, relay, Number(args.mails)));

    const report = { ...about, ...sources, throughput, mailRate, whileHashing };
    const path = await writeReport(report);
    process.stdout.write(`\n${markdownOf(report)}\n`);
    say(`${path}.json, .md`);
    return meetsTargets(report);
  } finally {
    await relay.stop();
  }
};

main().then(
  (met) => process.exit(met ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
