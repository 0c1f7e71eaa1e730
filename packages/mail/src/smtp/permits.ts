/** At most `count` hold a permit at once; the others wait, first come first served. */
export interface Permits {
  /** Answers how to give the permit back (once), or undefined when `withinMs` passed or `giveUp` came first. */
  take(giveUp: AbortSignal, withinMs: number): Promise<(() => void) | undefined>;
}

export const createPermits = (count: number): Permits => {
  let free = count;
  /** A set keeps the order in which they came. */
  const waiting = new Set<() => void>();

  const hold = (): (() => void) => {
    free -= 1;
    return () => {
      free += 1;
      const [next] = waiting;
      next?.();
    };
  };

  return {
    take: (giveUp, withinMs) =>
      new Promise((resolve) => {
        if (giveUp.aborted) return resolve(undefined);
        if (free > 0) return resolve(hold());

        const stopWaiting = (): void => {
          clearTimeout(timer);
          giveUp.removeEventListener('abort', leave);
          waiting.delete(serve);
        };
        const serve = (): void => {
          stopWaiting();
          resolve(hold());
        };
        const leave = (): void => {
          stopWaiting();
          resolve(undefined);
        };
        const timer = setTimeout(leave, withinMs);
        giveUp.addEventListener('abort', leave);
        waiting.add(serve);
      }),
  };
};
