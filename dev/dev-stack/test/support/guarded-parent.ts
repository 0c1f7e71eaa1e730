// Starts one child that ignores SIGTERM under a guardian, prints a line, and waits until it is killed.
import { spawnGuarded } from '../../src/process/guarded-process.ts';

const STUBBORN = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')";

const child = await spawnGuarded({ command: process.execPath, args: ['-e', STUBBORN], env: {} });
await child.waitForLine((line) => line === 'up');
process.stdout.write(`child ${child.pid}\n`);
setInterval(() => {}, 1000);
