import { PATIENCE_MS } from '@latchkey/dev-stack/until';
import { vi } from 'vitest';

export { PATIENCE_MS, until } from '@latchkey/dev-stack/until';

/** Waits until the assertions in `check` hold, for mocks and web pages. The time limit is long: it is no performance bound. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });
