import { project } from '@latchkey/tooling/vitest';
import { CLOCK_WATCHERS } from './vitest.clock.config.ts';

/** The tests that `npm test` runs together with the tests of all workspaces. */
export default project({
  name: '@latchkey/e2e',
  include: ['{harness,flow,input,secrecy,timing}/**/*.test.ts'],
  exclude: CLOCK_WATCHERS,
  globalSetup: ['./harness/global-setup.ts'],
  setupFiles: ['./harness/mark.ts'],
  // `npm run test:faults` makes 20, which take a minute of computing.
  provide: { resetsUnderAttack: 5 },
  // Most files wait.
  maxWorkers: 3,
});
