import pTimeout from 'p-timeout';

/** One step of stopping. */
type StopStep = () => Promise<unknown> | unknown;

/** The steps that take a process down, run one after the other. */
export interface Shutdown {
  /**
   * Registers how to undo what was just started. Steps run in reverse order: what was started last (the server) stops
   * first, what everything rests on (the engines) last.
   */
  onStop(name: string, step: StopStep): void;
  /**
   * Runs every step, also after one failed. Answers true when all succeeded within `timeoutMs`. Later calls wait for the
   * first.
   */
  stop(timeoutMs: number): Promise<boolean>;
}

/** `report` hears of steps that failed or were still running at the deadline. */
export const createShutdown = ({
  report = () => {},
}: {
  report?: (problem: { step: string; error?: unknown }) => void;
} = {}): Shutdown => {
  const steps: { readonly name: string; readonly step: StopStep }[] = [];
  let stopped: Promise<boolean> | undefined;
  let running = '';

  const runAll = async (): Promise<boolean> => {
    let clean = true;

    for (let next = steps.pop(); next !== undefined; next = steps.pop()) {
      running = next.name;
      try {
        await next.step();
      } catch (error) {
        clean = false;
        report({ step: next.name, error });
      }
    }
    return clean;
  };

  const runInTime = (timeoutMs: number): Promise<boolean> =>
    pTimeout(runAll(), {
      milliseconds: timeoutMs,
      fallback: () => {
        report({ step: running });
        return false;
      },
    });

  return {
    onStop(name, step) {
      steps.push({ name, step });
    },
    stop(timeoutMs) {
      stopped ??= runInTime(timeoutMs);
      return stopped;
    },
  };
};
