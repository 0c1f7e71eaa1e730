import { project } from '@latchkey/tooling/vitest';

// Outages of real length live in *.faults.test.ts and run by `npm run test:faults`.
export default project({ exclude: ['**/node_modules/**', '**/dist/**', '**/*.faults.test.ts'] });
