import type { LiveCollection } from './store/collection.ts';
import type { Index } from './store/index-entries.ts';
import type { Store } from './store/store.ts';

const BEGINNING = new Date(-8_640_000_000_000_000);

/** A document with several dates counts by its earliest, which the index finds first. */
const expireBy = (collection: LiveCollection, index: Index, now: number): number => {
  const limit = new Date(now - (index.spec.expireAfterSeconds ?? 0) * 1000);
  const due = new Set(index.within({ value: BEGINNING, inclusive: true }, { value: limit, inclusive: true }));
  let removed = 0;
  for (const id of due) {
    // Held by an open transaction: the next round takes it.
    const doc = collection.holders.has(id) ? undefined : collection.get(id);
    if (!doc) continue;
    collection.remove(doc);
    removed++;
  }
  return removed;
};

/** Removes documents whose time has passed by a TTL index. Returns how many. */
export const expireDocuments = (store: Store, now: number): number => {
  let removed = 0;
  for (const collection of store.collections())
    for (const index of collection.indexes)
      if (index.spec.expireAfterSeconds !== undefined) removed += expireBy(collection, index, now);
  return removed;
};
