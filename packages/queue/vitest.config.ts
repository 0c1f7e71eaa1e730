import { project } from '@latchkey/tooling/vitest';

// Tests with outages of real length are in *.faults.test.ts; `npm run test:faults` runs them.
export default project({ exclude: ['**/node_modules/**', '**/dist/**', '**/*.faults.test.ts'] });
