import { project } from '@latchkey/tooling/vitest';

export default project({
  globalSetup: ['@latchkey/test-kit/mongo-setup'],
  // graphql 16 comes as CommonJS and as ESM. Vite would give our sources the latter and libraries, which Node loads, the
  // former; two copies do not recognise each other's types.
  alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
});
