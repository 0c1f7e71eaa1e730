import { project } from '@latchkey/tooling/vitest';

/** Part of `npm run check`: tests of documents, of the workflow, and of the content of images. They start no process. */
export default {
  ...project({
    name: '@latchkey/e2e-docs',
    dir: new URL('.', import.meta.url).pathname,
    include: ['*.test.ts'],
    // This package imports JSON in a way that Node refuses.
    server: { deps: { inline: ['@actions/workflow-parser'] } },
  }),
  // It also names source maps that do not exist, which would be logged as warnings.
  logLevel: 'error',
};
