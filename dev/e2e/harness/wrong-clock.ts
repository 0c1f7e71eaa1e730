import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RunningApp } from '@latchkey/dev-stack';

const PRELOAD = pathToFileURL(fileURLToPath(new URL('./shift-date.mjs', import.meta.url))).href;

/** A wall clock that is off by so many milliseconds from the start. */
export const wallClock = (shiftMs: number) => ({
  NODE_OPTIONS: `--import=${PRELOAD}`,
  DATE_SHIFT_MS: String(shiftMs),
});
/** One that is right at first and off from SIGUSR2 on. */
export const driftingClock = (shiftMs: number) => ({ ...wallClock(shiftMs), DATE_SHIFT_ON: 'SIGUSR2' });
export const drift = async (app: RunningApp): Promise<void> => {
  app.kill('SIGUSR2');
  await app.waitForLine((line) => line === 'date shifted');
};
