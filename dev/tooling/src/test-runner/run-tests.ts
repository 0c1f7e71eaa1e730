import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { changedFiles } from './changed-files.ts';
import { runsEverything, SELDOM_NEEDED, suitesLeftOut } from './suites-left-out.ts';
import { ROOT, TURBO, taskGraph } from './turbo.ts';

/** `npm test`: runs all tests but those that {@link runsEverything} and {@link suitesLeftOut} leave out. */
const given = process.argv.slice(2);
const forTurbo = given.filter((arg) => arg !== '--all');

const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Resolves with turbo's exit code. Turbo gets Ctrl-C from the terminal itself. */
const turbo = async (...args: readonly string[]): Promise<number> => {
  const child = spawn(TURBO, args, { cwd: ROOT, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
};

const whatIsLeftOut = (): readonly string[] => {
  if (runsEverything(given, process.env)) return [];
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

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
  });
}
const filters = whatIsLeftOut().map((name) => `--filter=!${name}`);
const code = await turbo('run', 'test', '--concurrency=3', '--continue', ...filters, ...forTurbo);
// These tests compare times and keep every core busy, so they run alone. They run after a failure, too.
process.exitCode = interrupted ? 1 : Math.max(code, await turbo('run', 'test:clock', ...forTurbo));
