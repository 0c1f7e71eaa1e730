import type { LiveCollection } from './store/collection.ts';
import type { Index } from './store/index-entries.ts';
import type { Store } from './store/store.ts';

const BEGINNING = new Date(-8_640_000_000_000_000);

/** For a document with several dates the earliest one counts. The index finds it first. */
const expireBy = (collection: LiveCollection, index: Index, now: number): number => {
  const limit = new Date(now - (index.spec.expireAfterSeconds ?? 0) * 1000);
  const due = new Set(index.within({ value: BEGINNING, inclusive: true }, { value: limit, inclusive: true }));
  let removed = 0;
  for (const id of due) {
    // An open transaction holds the document, so the next round removes it.
    const doc = collection.holders.has(id) ? undefined : collection.get(id);
    if (!doc) continue;
    collection.remove(doc);
    removed++;
  }
  return removed;
};

/** Removes documents that a TTL index declares as expired. Returns their number. */
export const expireDocuments = (store: Store, now: number): number => {
  let removed = 0;
  for (const collection of store.collections())
    for (const index of collection.indexes)
      if (index.spec.expireAfterSeconds !== undefined) removed += expireBy(collection, index, now);
  return removed;
};
