import { project } from '@latchkey/tooling/vitest';

export default project();
