import { project } from '@latchkey/tooling/vitest';
import { CLOCK_WATCHERS } from './vitest.clock.config.ts';

/** The tests that `npm test` runs together with the tests of all workspaces. */
export default project({
  name: '@latchkey/e2e',
  include: ['{harness,flow,input,secrecy,timing}/**/*.test.ts'],
  exclude: CLOCK_WATCHERS,
  globalSetup: ['./harness/global-setup.ts'],
  setupFiles: ['./harness/mark.ts'],
  // One file computes hashes for a minute. Most of the others wait.
  maxWorkers: 3,
});
