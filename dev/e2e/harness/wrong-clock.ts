import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RunningApp } from '@latchkey/dev-stack';

const PRELOAD = pathToFileURL(fileURLToPath(new URL('./shift-date.mjs', import.meta.url))).href;

/** Variables for a wall clock that is wrong by `shiftMs` from the start. */
export const wallClock = (shiftMs: number) => ({
  NODE_OPTIONS: `--import=${PRELOAD}`,
  DATE_SHIFT_MS: String(shiftMs),
});
/** Variables for a wall clock that is right at first and wrong after SIGUSR2. */
export const driftingClock = (shiftMs: number) => ({ ...wallClock(shiftMs), DATE_SHIFT_ON: 'SIGUSR2' });
export const drift = async (app: RunningApp): Promise<void> => {
  app.kill('SIGUSR2');
  await app.waitForLine((line) => line === 'date shifted');
};
