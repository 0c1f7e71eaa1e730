import { project } from '@latchkey/tooling/vitest';

export default project({
  globalSetup: ['@latchkey/test-kit/mongo-setup'],
  // graphql 16 contains a CommonJS and an ESM copy. Vite would load ESM for the sources, and Node loads CommonJS for the
  // libraries. The two copies do not recognise each other's types, so all code gets the CommonJS copy.
  alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
});
