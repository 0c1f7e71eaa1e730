import { plainScope } from './aggregation/scope.ts';
import { keyOf } from './bson/key.ts';
import { valuesAt } from './bson/path.ts';
import { compileFilter } from './query/filter.ts';
import type { LiveCollection } from './store/collection.ts';
import type { IndexSpec } from './store/index-spec.ts';
import type { Store } from './store/store.ts';

const expireBy = (collection: LiveCollection, spec: IndexSpec, limit: number): number => {
  const parts = (Object.keys(spec.key)[0] ?? '').split('.');
  const covered = compileFilter(spec.partial ?? {}, plainScope());
  let removed = 0;
  for (const doc of [...collection.all()]) {
    const dates = valuesAt(doc, parts).values.flatMap((value) =>
      value instanceof Date ? [value.getTime()] : [],
    );
    if (dates.length === 0 || Math.min(...dates) > limit || !covered(doc)) continue;
    // Held by an open transaction: the next round takes it.
    if (collection.holders.has(keyOf(doc._id))) continue;
    collection.remove(doc);
    removed++;
  }
  return removed;
};

/** Removes documents whose time has passed by a TTL index; an array counts by its earliest date. Returns how many. */
export const expireDocuments = (store: Store, now: number): number => {
  let removed = 0;
  for (const collection of store.collections())
    for (const { spec } of collection.indexes)
      if (spec.expireAfterSeconds !== undefined)
        removed += expireBy(collection, spec, now - spec.expireAfterSeconds * 1000);
  return removed;
};
