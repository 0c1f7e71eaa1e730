import { project } from '@latchkey/tooling/vitest';

/** `npm run test:browser`. It needs a Chromium; CHROMIUM can name the program. */
export default project({
  name: '@latchkey/e2e-browser',
  dir: new URL('.', import.meta.url).pathname,
  include: ['*.test.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
});
