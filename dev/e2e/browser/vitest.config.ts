import { project } from '@latchkey/tooling/vitest';

/** `npm run test:browser`: needs a Chromium (CHROMIUM names another one). */
export default project({
  name: '@latchkey/e2e-browser',
  dir: new URL('.', import.meta.url).pathname,
  include: ['*.test.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
});
