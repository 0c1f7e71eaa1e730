/** Lets time pass before something is tried again. Tests move it; the default is a timer that keeps no process alive. */
export type Pause = (ms: number) => Promise<void>;

export const pauseByTimer: Pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
