import pTimeout from 'p-timeout';

/** One step of stopping. */
type StopStep = () => Promise<unknown> | unknown;

/** The steps that stop a process, run one after the other. */
export interface Shutdown {
  /**
   * Registers the step that stops a part which was just started. Steps run in reverse order: the part that started last (the
   * server) stops first, the engines, which all other parts need, stop last.
   */
  onStop(name: string, step: StopStep): void;
  /**
   * Runs every step, also after one failed. Resolves with true when all steps succeeded within `timeoutMs` milliseconds. Later
   * calls get the result of the first.
   */
  stop(timeoutMs: number): Promise<boolean>;
}

/** `report` is called for each step that failed or that still ran at the deadline. */
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
