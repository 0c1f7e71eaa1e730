/** A list of stop functions, which run in reverse order. */
export interface Teardown {
  add(stop: () => Promise<unknown>): void;
  /** Runs all stop functions, also if some of them fail. Resolves with the failures. May be called again. */
  run(): Promise<readonly unknown[]>;
}

export const createTeardown = (): Teardown => {
  const stops: (() => Promise<unknown>)[] = [];

  return {
    add: (stop) => {
      stops.push(stop);
    },
    run: async () => {
      const failures: unknown[] = [];
      for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
        await stop().catch((error: unknown) => failures.push(error));
      }
      return failures;
    },
  };
};
