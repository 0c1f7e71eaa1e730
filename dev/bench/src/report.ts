import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import type { MailRate } from './mail-rate.ts';
import type { Throughput } from './throughput.ts';
import type { WhileHashing } from './while-hashing.ts';

const TARGETS = { throughputRatio: 0.7, hashingP99Ratio: 3 } as const;

export interface Report {
  readonly at: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  /** One-minute load of the machine before the benchmark started anything. */
  readonly loadBefore: number;
  readonly mongo: string;
  readonly redis: string;
  readonly throughput: Throughput;
  readonly mailRate: MailRate;
  readonly whileHashing: WhileHashing;
}

export const circumstances = () => ({
  at: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
});

export const meetsTargets = ({ throughput, whileHashing }: Report): boolean =>
  throughput.ratio >= TARGETS.throughputRatio && whileHashing.ratio <= TARGETS.hashingP99Ratio;

export const markdownOf = ({
  throughput,
  mailRate,
  whileHashing,
  ...about
}: Report): string => `# Benchmark, ${about.at}

Node ${about.node}, ${about.cores} × ${about.cpu}, load before ${about.loadBefore}; MongoDB: ${about.mongo}; Redis: ${about.redis}.

| what | product | floor | ratio | target |
|---|---|---|---|---|
| \`requestPasswordReset\` per second, ${throughput.connections} connections | ${throughput.api.toFixed(0)} | ${throughput.floor.toFixed(0)} | ${throughput.ratio.toFixed(2)} | ≥ ${TARGETS.throughputRatio} |
| CPU time of the server per request | ${cpu(throughput, 'api')} | ${cpu(throughput, 'floor')} | ${throughput.cpuRatio?.toFixed(2) ?? '–'} | – |
| mails per second, ${mailRate.connections} SMTP connections | ${mailRate.worker.toFixed(0)} | ${mailRate.nodemailer.toFixed(0)} | ${mailRate.ratio.toFixed(2)} | – |
| p99 at ${whileHashing.rate} requests/s: while others reset passwords (${whileHashing.inFlight} at a time, ${whileHashing.bcryptPerSecond.toFixed(1)} bcrypt/s, cost 12), and idle | ${whileHashing.hashingP99Ms.toFixed(1)} ms | ${whileHashing.idleP99Ms.toFixed(1)} ms | ${whileHashing.ratio.toFixed(2)} | ≤ ${TARGETS.hashingP99Ratio} |

The floor is \`bench/src/floor/server.ts\`: the same Yoga and Pothos, one insert, one job. For mails it is nodemailer's own pool with
the same text and HTML. Numbers of one run; its rounds are in a JSON of the same name, which is not committed.
`;

const cpu = ({ rounds }: Throughput, name: string): string => {
  const own = rounds.flatMap(({ target, cpuMsPerRequest }) =>
    target === name && cpuMsPerRequest !== null ? [cpuMsPerRequest] : [],
  );
  if (own.length === 0) return '–';
  return `${(own.reduce((sum, value) => sum + value, 0) / own.length).toFixed(3)} ms`;
};

/** Writes `results/<date>.json` and `.md`. Resolves with the path without its ending. */
export const writeReport = async (report: Report): Promise<string> => {
  const folder = new URL('../results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const name = report.at.replace(/[:.]/g, '-');
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(new URL(`${name}.md`, folder), markdownOf(report));
  return new URL(name, folder).pathname;
};
