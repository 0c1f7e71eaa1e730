import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { changedFiles } from './changed-files.ts';
import { SELDOM_NEEDED, suitesLeftOut } from './suites-left-out.ts';
import { ROOT, TURBO, taskGraph } from './turbo.ts';

/**
 * `npm test`: everything but the suites that nothing changed for. With `--all`, and in CI, everything. What else is given goes
 * to turbo.
 */
const given = process.argv.slice(2);
const everything = given.includes('--all') || !['', 'false', '0', undefined].includes(process.env['CI']);
const forTurbo = given.filter((arg) => arg !== '--all');

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Resolves with turbo's exit code; it gets Ctrl-C itself. */
const turbo = async (...args: readonly string[]): Promise<number> => {
  const child = spawn(TURBO, args, { cwd: ROOT, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
};

const whatIsLeftOut = (): readonly string[] => {
  if (everything) return [];
  const changes = changedFiles(ROOT);
  const leftOut = suitesLeftOut(changes, taskGraph(SELDOM_NEEDED));
  if (changes === undefined) say('All suites run: git does not tell what has changed since the main branch.');
  if (changes !== undefined && leftOut.length > 0) {
    say(
      `Left out: the tests of ${leftOut.join(' and ')}; nothing that they need has changed since ${changes.since}. \`npm run test:all\` runs them, too.`,
    );
  }
  return leftOut;
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
const filters = whatIsLeftOut().map((name) => `--filter=!${name}`);
process.exitCode =
  (await turbo('run', 'test', '--concurrency=3', '--continue', ...filters, ...forTurbo)) ||
  // Alone: these tests compare times, and keep every core busy.
  (await turbo('run', 'test:clock', ...forTurbo));
