import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Interval } from './statistics/auc.ts';
import type { Comparison } from './verdict.ts';

/** One row of the verdict. */
export interface Line {
  readonly what: string;
  readonly pair: string;
  readonly counts: readonly [number, number];
  /** In milliseconds. */
  readonly medians: readonly [number, number];
  readonly auc: Interval;
  readonly worstT: number;
  readonly passed: boolean;
}

export const lineOf = ({ what, a, b, counts, medians, auc, worstT, passed }: Comparison): Line => ({
  what,
  pair: `${a} : ${b}`,
  counts,
  medians,
  auc,
  worstT: worstT.t,
  passed,
});

const HEAD = ['what', 'pair', 'requests', 'medians ms', 'AUC [99 %]', 'worst t', ''];

/** Prints a Markdown table that is also readable in a terminal. */
export const tableOf = (lines: readonly Line[]): string => {
  const rows = [
    HEAD,
    ...lines.map(({ what, pair, counts, medians, auc, worstT, passed }) => [
      what,
      pair,
      counts.join(' : '),
      medians.map((ms) => ms.toFixed(3)).join(' : '),
      `${auc.estimate.toFixed(4)} [${auc.low.toFixed(4)}, ${auc.high.toFixed(4)}]`,
      worstT.toFixed(2),
      passed ? 'ok' : 'FAIL',
    ]),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0), 2));
  const print = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [print(head), print(widths.map((width) => '-'.repeat(width))), ...body.map(print)].join('\n');
};

/** The circumstances of the measurement, which its numbers depend on. */
export const circumstances = (sources: { readonly mongo: string; readonly redis: string }) => ({
  at: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  load: loadavg().map((value) => Number(value.toFixed(2))),
  ...sources,
});

/** Writes `results/<date>.json` beside this file. Resolves with its path. */
export const writeResult = async <T extends { readonly at: string }>(result: T): Promise<string> => {
  const folder = new URL('results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const file = new URL(`${result.at.replace(/[:.]/g, '-')}.json`, folder);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return file.pathname;
};
