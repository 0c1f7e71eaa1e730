import { project } from '@latchkey/tooling/vitest';

/** `npm run test:faults`: processes killed and engines away for as long as it takes; about six minutes. */
export default project({
  name: '@latchkey/e2e faults',
  include: ['faults/**/*.test.ts'],
  globalSetup: ['./harness/global-setup.ts'],
  setupFiles: ['./harness/mark.ts'],
  fileParallelism: false,
  // What waits together in one file must not wait for each other.
  maxConcurrency: 10,
  testTimeout: 300_000,
  hookTimeout: 180_000,
});
