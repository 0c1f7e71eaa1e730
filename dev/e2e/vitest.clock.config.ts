import { project } from '@latchkey/tooling/vitest';

/** Tests with a bound in seconds, which a busy neighbour could break. */
export const CLOCK_WATCHERS = [
  'flow/clocks.test.ts',
  'flow/graceful-stop.test.ts',
  'flow/hashing-fairness.test.ts',
  'flow/parallel-redeem.test.ts',
];

/** What `npm test` runs at last, one file after the other, with the machine to itself. */
export default project({
  name: '@latchkey/e2e clock',
  include: CLOCK_WATCHERS,
  globalSetup: ['./harness/global-setup.ts'],
  setupFiles: ['./harness/mark.ts'],
  fileParallelism: false,
  testTimeout: 180_000,
  hookTimeout: 180_000,
  sequence: { groupOrder: 1 },
});
