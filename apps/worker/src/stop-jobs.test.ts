import { describe, expect, it } from 'vitest';
import { stopJobs } from './stop-jobs.ts';

const reconciler = { stop: async () => {} };
const worker = (finishes: boolean) => ({ close: async () => finishes });

describe('stopping the jobs', () => {
  it('is done when every queue has finished what it had', async () => {
    await stopJobs({ reconciler, workers: [worker(true), worker(true)], timeoutMs: 1 });
  });

  it('fails when a job was cut off, so that the process does not end with 0', async () => {
    const stopped = stopJobs({ reconciler, workers: [worker(true), worker(false)], timeoutMs: 1 });

    await expect(stopped).rejects.toThrow('still running');
  });
});
