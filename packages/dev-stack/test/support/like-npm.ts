// Runs the engines the way npm does: as a child that shares our output and knows that npm started it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

spawn(
  process.execPath,
  [...process.execArgv, fileURLToPath(new URL('../../src/bin/engines.ts', import.meta.url))],
  {
    env: { ...process.env, npm_lifecycle_event: 'engines' },
    stdio: 'inherit',
  },
);
