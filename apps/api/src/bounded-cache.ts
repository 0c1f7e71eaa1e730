/** Keeps the `max` entries that were asked for last. */
export const createBoundedCache = <T>(max: number) => {
  const entries = new Map<string, T>();

  return {
    get(key: string): T | undefined {
      const value = entries.get(key);
      if (value === undefined) return undefined;

      // A map remembers insertion order: the oldest entry is the first.
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key: string, value: T): void {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= max) return;

      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        return;
      }
    },
  };
};
