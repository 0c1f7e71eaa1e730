// Keeps one child from outliving whoever asked for it. A parent that is killed with SIGKILL can clean nothing up, but the
// kernel closes its pipes: this process holds one on fd 0 and ends its child when it closes. Plain JavaScript on purpose: it
// starts in some 30 ms, from sources as well as from a build.
//
//   node guardian.mjs <grace ms> <command> [arguments…]      fd 0: the leash      fd 3: reports, one JSON object a line
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

const [graceMs, command, ...args] = process.argv.slice(2);

const reports = new Socket({ fd: 3, readable: false, writable: true });
reports.on('error', () => {}); // nobody left to tell

const report = (message, then = () => {}) => {
  if (reports.destroyed) then();
  else reports.write(`${JSON.stringify(message)}\n`, then);
};

const leave = (message) => {
  const exit = () => process.exit(0);
  report(message, exit);
  setTimeout(exit, 500);
};

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('spawn', () => report({ pid: child.pid }));
child.on('error', (error) => leave({ error: error.message }));
child.on('exit', (code, signal) => leave({ exit: { code, signal } }));

let ending = false;
const end = () => {
  if (ending) return;
  ending = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), Number(graceMs));
};

process.stdin.on('end', end).on('error', end).on('close', end).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
