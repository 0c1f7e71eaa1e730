import { PATIENCE_MS } from '@latchkey/dev-stack/until';
import { vi } from 'vitest';

export { PATIENCE_MS, until } from '@latchkey/dev-stack/until';

/** Waits until assertions hold; for what a mock or a page shows. A busy machine may take its time: this is no bound. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });
