import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const HANGING_WORKER = fileURLToPath(new URL('hanging-worker.ts', import.meta.url));

/** Starts a worker process that takes one job, and kills the process before the job is finished. */
export const killWhileWorking = async (redisUrl: string): Promise<void> => {
  const child = spawn(process.execPath, ['--conditions=dev-source', '--import', 'tsx', HANGING_WORKER], {
    env: { ...process.env, REDIS_URL: redisUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');

  try {
    await once(child.stdout, 'data');
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
};
