import { project } from '@latchkey/tooling/vitest';

export default project({ include: ['test/**/*.faults.test.ts'], testTimeout: 240_000 });
