/** What has been started, to be stopped in reverse order. */
export interface Teardown {
  add(stop: () => Promise<unknown>): void;
  /** Stops everything; one failure does not keep the others from being stopped. May be called again. */
  run(): Promise<void>;
}

export const createTeardown = (): Teardown => {
  const stops: (() => Promise<unknown>)[] = [];

  return {
    add: (stop) => {
      stops.push(stop);
    },
    run: async () => {
      for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
        await stop().catch(() => {});
      }
    },
  };
};
