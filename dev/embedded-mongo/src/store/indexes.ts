import { identical } from '../bson/compare.ts';
import { type Doc, isDoc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { Fault } from '../errors.ts';
import type { LiveCollection } from './collection.ts';
import { duplicateKey } from './duplicate-key.ts';
import { createIndex, type Index } from './index-entries.ts';
import { describeIndex, type IndexSpec } from './index-spec.ts';

/** Whether two keys have the same fields in the same order and directions, with any number type. */
const sameKey = (a: Doc, b: Doc): boolean => {
  const left = Object.entries(a);
  const right = Object.entries(b);
  return (
    left.length === right.length &&
    left.every(
      ([field, direction], i) =>
        right[i]?.[0] === field && Math.sign(Number(direction)) === Math.sign(Number(right[i]?.[1])),
    )
  );
};

const samePartial = (a: IndexSpec, b: IndexSpec): boolean =>
  (a.partial === undefined && b.partial === undefined) || identical(a.partial ?? null, b.partial ?? null);

const alreadyThere = (existing: readonly IndexSpec[], wanted: IndexSpec): boolean => {
  const byKey = existing.find((spec) => sameKey(spec.key, wanted.key) && samePartial(spec, wanted));
  const byName = existing.find((spec) => spec.name === wanted.name);
  if (wanted.name !== '_id_' && byKey?.name === '_id_') return true;
  if (byKey && byKey === byName) {
    const same =
      byKey.unique === wanted.unique &&
      byKey.sparse === wanted.sparse &&
      byKey.expireAfterSeconds === wanted.expireAfterSeconds;
    if (same) return true;
    throw new Fault(
      85,
      'IndexOptionsConflict',
      `An equivalent index already exists with the same name but different options. Requested index: ${wanted.name}`,
    );
  }
  if (byName)
    throw new Fault(
      86,
      'IndexKeySpecsConflict',
      `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Requested index: ${wanted.name}`,
    );
  if (byKey)
    throw new Fault(85, 'IndexOptionsConflict', `Index already exists with a different name: ${byKey.name}`);
  return false;
};

/** The requested indexes that do not exist yet. Throws if one contradicts another. */
export const missingIndexes = (existing: readonly Index[], wanted: readonly IndexSpec[]): IndexSpec[] => {
  const known = existing.map((index) => index.spec);
  const fresh: IndexSpec[] = [];
  for (const spec of wanted) {
    if (alreadyThere(known, spec)) continue;
    known.push(spec);
    fresh.push(spec);
  }
  return fresh;
};

/** Builds all of them over the existing documents. If one cannot be built, none is. */
export const buildIndexes = (collection: LiveCollection, specs: readonly IndexSpec[]): void => {
  const built = specs.map((spec) => {
    const index = createIndex(spec);
    for (const doc of collection.all()) {
      const id = keyOf(doc._id);
      if (index.owners(doc, id).length > 0) throw duplicateKey(collection.namespace, index, doc);
      index.add(doc, id);
    }
    return index;
  });
  collection.indexes.push(...built);
};

/** Drops indexes by name, by key, by a list of names, or all with `*`. The index on `_id` is never dropped. */
export const dropIndexes = (collection: LiveCollection, which: unknown): void => {
  const wanted = Array.isArray(which) ? which : [which];
  const going = new Set<Index>();
  for (const one of wanted) {
    const named = collection.indexes.filter(({ spec }) =>
      isDoc(one) ? sameKey(spec.key, one) : one === '*' ? spec.name !== '_id_' : spec.name === one,
    );
    if (named.length === 0 && one !== '*') {
      const shown = isDoc(one) ? JSON.stringify(one) : String(one);
      throw new Fault(27, 'IndexNotFound', `index not found with name [${shown}]`);
    }
    for (const index of named) {
      if (index.spec.name === '_id_') throw new Fault(72, 'InvalidOptions', 'cannot drop _id index');
      going.add(index);
    }
  }
  collection.indexes.splice(
    0,
    collection.indexes.length,
    ...collection.indexes.filter((index) => !going.has(index)),
  );
};

export const describeIndexes = (indexes: readonly Index[]): Doc[] =>
  indexes.map(({ spec }) => describeIndex(spec));
