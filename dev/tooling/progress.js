// Runs a command that may print nothing for a long time, and says every eight silent seconds that it is still at work.
//
//   node progress.js 'Checking spelling' <command> [arguments…]
import { spawn } from 'node:child_process';

const SILENCE_MS = 8_000;

const [what, command, ...args] = process.argv.slice(2);
const startedAt = performance.now();
let printedAt = startedAt;

// Through a pipe no program sees the terminal, so those that can print in colour are told that they may.
const colours = process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {};
const child = spawn(command, args, {
  stdio: ['inherit', 'pipe', 'pipe'],
  env: { ...process.env, ...colours },
});

for (const name of ['stdout', 'stderr']) {
  child[name].on('data', (chunk) => {
    printedAt = performance.now();
    process[name].write(chunk);
  });
}

// A task of Turborepo keeps its output to itself; there the command that started Turborepo speaks.
const speaks = process.env.TURBO_HASH === undefined;
if (speaks) process.stdout.write(`${what}…\n`);
setInterval(() => {
  if (!speaks || performance.now() - printedAt < SILENCE_MS) return;
  printedAt = performance.now();
  process.stdout.write(`${Math.round((printedAt - startedAt) / 1_000)} s  ${what}: still at work\n`);
}, 1_000).unref();

// The terminal sends Ctrl-C to the command as well; here it only must not end us first.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`${command}: ${error.message}\n`);
  process.exitCode = 1;
});
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
