import { project } from '@latchkey/tooling/vitest';

/** What `npm test` runs: short, one file after the other, and after everybody else's, since these look at the clock. */
export default project({
  name: '@latchkey/e2e',
  include: ['{docs,harness,flow,input,secrecy,timing}/**/*.test.ts'],
  globalSetup: ['./harness/global-setup.ts'],
  fileParallelism: false,
  // Longer than the waits within, which say what they waited for.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  sequence: { groupOrder: 1 },
});
