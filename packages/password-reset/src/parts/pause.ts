/**
 * Waits for `ms` milliseconds before a further try. Tests follow their own clock; the default is a timer that does not keep the
 * process alive.
 */
export type Pause = (ms: number) => Promise<void>;

export const pauseByTimer: Pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
