import { project } from '@latchkey/tooling/vitest';

/** Tests that compare times or keep every core busy. They and other tests would disturb each other. */
export const CLOCK_WATCHERS = [
  'flow/clocks.test.ts',
  'flow/hashing-fairness.test.ts',
  'flow/parallel-redeem.test.ts',
];

/** The tests that `npm test` runs last, one file after the other, with no other tests beside them. */
export default project({
  name: '@latchkey/e2e clock',
  include: CLOCK_WATCHERS,
  globalSetup: ['./harness/global-setup.ts'],
  setupFiles: ['./harness/mark.ts'],
  fileParallelism: false,
  sequence: { groupOrder: 1 },
});
