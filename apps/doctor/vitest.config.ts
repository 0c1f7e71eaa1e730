import { project } from '@latchkey/tooling/vitest';

export default project({ globalSetup: ['@latchkey/test-kit/mongo-setup'] });
