import { project } from '@latchkey/tooling/vitest';
import { CLOCK_WATCHERS } from './vitest.clock.config.ts';

/** What `npm test` runs beside everybody else's tests. */
export default project({
  name: '@latchkey/e2e',
  include: ['{harness,flow,input,secrecy,timing}/**/*.test.ts'],
  exclude: CLOCK_WATCHERS,
  globalSetup: ['./harness/global-setup.ts'],
  setupFiles: ['./harness/mark.ts'],
  // Longer than the waits within, which say what they waited for.
  testTimeout: 180_000,
  hookTimeout: 180_000,
});
