import { compare } from '../bson/compare.ts';

/** The documents that have one value in an index. */
export interface Entry {
  readonly value: unknown;
  readonly ids: Set<string>;
}

export interface Bound {
  readonly value: unknown;
  readonly inclusive: boolean;
}

/**
 * Index entries by value. Equality is a hash look-up. The sorted list for ranges is built at the first range query and kept from
 * then on, so collections without range queries have no cost.
 */
export const createOrderedKeys = () => {
  const entries = new Map<string, Entry>();
  let sorted: Entry[] | undefined;

  /** The first place whose value is not below this one; with `after`, the first place whose value is above it. */
  const placeOf = (list: readonly Entry[], value: unknown, after = false): number => {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const difference = compare(list[middle]?.value ?? null, value ?? null);
      if (difference < 0 || (after && difference === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add: (key: string, value: unknown, id: string): void => {
      const entry = entries.get(key);
      if (entry) {
        entry.ids.add(id);
        return;
      }
      const fresh = { value, ids: new Set([id]) };
      entries.set(key, fresh);
      sorted?.splice(placeOf(sorted, value), 0, fresh);
    },

    remove: (key: string, id: string): void => {
      const entry = entries.get(key);
      if (!entry?.ids.delete(id) || entry.ids.size > 0) return;
      entries.delete(key);
      if (sorted) sorted.splice(placeOf(sorted, entry.value), 1);
    },

    idsOf: (key: string): Iterable<string> => entries.get(key)?.ids ?? [],

    /** Iterates lazily in the order of values. The index must not be changed before the iteration has ended. */
    *range(lower: Bound | undefined, upper: Bound | undefined): Generator<string> {
      sorted ??= [...entries.values()].sort((a, b) => compare(a.value ?? null, b.value ?? null));
      const list = sorted;
      const start = lower ? placeOf(list, lower.value, !lower.inclusive) : 0;
      const end = upper ? placeOf(list, upper.value, upper.inclusive) : list.length;
      for (let at = start; at < end; at++) yield* list[at]?.ids ?? [];
    },
  };
};
