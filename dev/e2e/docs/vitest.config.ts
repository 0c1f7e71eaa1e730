import { project } from '@latchkey/tooling/vitest';

/** Part of `npm run check`: documents, the workflow and what an image holds; starts nothing. */
export default {
  ...project({
    name: '@latchkey/e2e-docs',
    dir: new URL('.', import.meta.url).pathname,
    include: ['*.test.ts'],
    // It imports JSON in a way that Node itself refuses,
    server: { deps: { inline: ['@actions/workflow-parser'] } },
  }),
  // and names source maps that it does not have.
  logLevel: 'error',
};
