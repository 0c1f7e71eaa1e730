import { project } from '@latchkey/tooling/vitest';

/** `npm run test:faults`: tests that kill processes and stop engines for a long time. They take about eight minutes. */
export default project({
  name: '@latchkey/e2e faults',
  // The race that `npm test` runs a few times only.
  include: ['faults/**/*.test.ts', 'flow/thief-logs-in.test.ts'],
  provide: { resetsUnderAttack: 20 },
  globalSetup: ['./harness/global-setup.ts'],
  setupFiles: ['./harness/mark.ts'],
  fileParallelism: false,
  // The concurrent tests of a file must all run at the same time.
  maxConcurrency: 10,
  testTimeout: 300_000,
  hookTimeout: 180_000,
});
