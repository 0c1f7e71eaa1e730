/** `npm run bench`: the product beside its own floors, in one run. `--pairs=N --seconds=N --connections=N --mails=N`. */
import { parseArgs } from 'node:util';
import { measureMailRate } from './mail-rate.ts';
import { circumstances, markdownOf, meetsTargets, sourcesOf, writeReport } from './report.ts';
import { startMailSink } from './start-mail-sink.ts';
import { measureThroughput } from './throughput.ts';
import { measureWhileHashing } from './while-hashing.ts';
import { startWorld } from './world.ts';

const { values: args } = parseArgs({
  options: {
    pairs: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '6' },
    connections: { type: 'string', default: '20' },
    mails: { type: 'string', default: '1500' },
  },
});

const startedAt = performance.now();
const say = (text: string): void => {
  process.stdout.write(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${text}\n`);
};

const main = async (): Promise<boolean> => {
  const about = circumstances();
  const sink = await startMailSink();
  const world = await startWorld({ smtpUrl: sink.smtpUrl, say });
  try {
    const seconds = Number(args.seconds);
    say('throughput beside the floor');
    const throughput = await measureThroughput(world, {
      pairs: Number(args.pairs),
      seconds,
      connections: Number(args.connections),
      say,
    });
    say('p99 while passwords are being hashed');
    const whileHashing = await measureWhileHashing(world, { rounds: 3, seconds, say });
    say('mails per second');
    const mailRate = await measureMailRate(world, sink, Number(args.mails));

    const report = { ...about, ...sourcesOf(world.engines), throughput, mailRate, whileHashing };
    const path = await writeReport(report);
    process.stdout.write(`\n${markdownOf(report)}\n`);
    say(`${path}.json, .md`);
    return meetsTargets(report);
  } finally {
    await world.stop();
    await sink.stop();
  }
};

main().then(
  (met) => process.exit(met ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
