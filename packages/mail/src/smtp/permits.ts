/** At most `count` callers hold a permit at the same time. The others wait in the order of their calls. */
export interface Permits {
  /**
   * Resolves with the function that gives the permit back (to be called once), or with undefined after `withinMs` milliseconds
   * or when `giveUp` aborts first.
   */
  take(giveUp: AbortSignal, withinMs: number): Promise<(() => void) | undefined>;
}

export const createPermits = (count: number): Permits => {
  let free = count;
  /** The waiting callers; a Set keeps their order. */
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
