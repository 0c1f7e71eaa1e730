import { project } from '@latchkey/tooling/vitest';

/** `npm run test:faults`: tests that kill processes and stop engines for a long time. They take about six minutes. */
export default project({
  name: '@latchkey/e2e faults',
  include: ['faults/**/*.test.ts'],
  globalSetup: ['./harness/global-setup.ts'],
  setupFiles: ['./harness/mark.ts'],
  fileParallelism: false,
  // The concurrent tests of a file must all run at the same time.
  maxConcurrency: 10,
  testTimeout: 300_000,
  hookTimeout: 180_000,
});
