import { performance } from 'node:perf_hooks';

/** Runs the steps of a demonstration one after the other and prints each with its duration. */
export interface Steps {
  /** Runs one step. The text that `show` returns is printed after the title. A throw ends the demonstration. */
  run<T>(title: string, act: () => Promise<T>, show?: (result: T) => string): Promise<T>;
  readonly count: number;
  elapsedMs(): number;
}

/** When a step takes longer than this, a line tells that it is still running. */
const SPEAK_MS = 8_000;
const MARGIN = 2;
const TIME_WIDTH = 9;

export const formatMs = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

export const createSteps = ({
  print,
  tick,
  cross,
}: {
  print: (line: string) => void;
  tick: string;
  cross: string;
}): Steps => {
  const begin = performance.now();
  let count = 0;
  const line = (mark: string, title: string, ms: number) =>
    print(`${' '.repeat(MARGIN)}${mark} ${formatMs(ms).padStart(TIME_WIDTH)}   ${title}`);

  return {
    get count() {
      return count;
    },
    elapsedMs: () => performance.now() - begin,
    run: async (title, act, show) => {
      const start = performance.now();
      const waiting = setInterval(
        () =>
          print(
            `${' '.repeat(MARGIN + TIME_WIDTH + 3)}  … ${title}: not yet, ${formatMs(performance.now() - start)}`,
          ),
        SPEAK_MS,
      );
      try {
        const result = await act();
        count += 1;
        const details = show?.(result);
        line(tick, details === undefined ? title : `${title}: ${details}`, performance.now() - start);
        return result;
      } catch (error) {
        line(cross, title, performance.now() - start);
        throw error;
      } finally {
        clearInterval(waiting);
      }
    },
  };
};

/** Throws an error with the text `otherwise` if the condition does not hold. */
export function insist(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
