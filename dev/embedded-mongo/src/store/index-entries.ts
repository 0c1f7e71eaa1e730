import { plainScope } from '../aggregation/scope.ts';
import type { Doc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { EMPTY, keysAt } from '../bson/keys-at.ts';
import { valuesAt } from '../bson/path.ts';
import { Fault } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import type { IndexSpec } from './index-spec.ts';
import { type Bound, createOrderedKeys } from './ordered-keys.ts';

interface Keys {
  /** Every combination of keys over all fields. Present only for a unique index. */
  readonly full: readonly string[];
  /** The values of the first field, which queries look up. They include every value that a filter can find there. */
  readonly first: readonly { key: string; value: unknown }[];
}

/** One index of one collection: its values and the documents that have them. */
export interface Index {
  readonly spec: IndexSpec;
  readonly fields: readonly string[];
  /** True after a document had an array in this field. Then one document can be at several places of a range. */
  readonly multikey: () => boolean;
  /** Throws if the index cannot contain this document. */
  check(doc: Doc): void;
  add(doc: Doc, id: string): void;
  remove(doc: Doc, id: string): void;
  /** Documents that already have a key combination of this document. Always empty if the index is not unique. */
  owners(doc: Doc, self: string): string[];
  /** Whether a unique index could not contain both documents. */
  clash(a: Doc, b: Doc): boolean;
  withValue(value: unknown): Iterable<string>;
  within(lower: Bound | undefined, upper: Bound | undefined): Iterable<string>;
}

const uniqueKeyOf = (key: unknown): string => (key === EMPTY ? 'e' : keyOf(key));

export const createIndex = (spec: IndexSpec): Index => {
  const fields = Object.keys(spec.key);
  const paths = fields.map((field) => field.split('.'));
  const covers = spec.partial ? compileFilter(spec.partial, plainScope()) : undefined;
  const combinations = new Map<string, Set<string>>();
  const firsts = createOrderedKeys();
  let multikey = false;

  const keysOf = (doc: Doc): Keys | null => {
    if (covers && !covers(doc)) return null;
    let arrays = 0;
    const columns = paths.map((parts) => {
      const { values, throughArray } = valuesAt(doc, parts);
      if (throughArray) arrays++;
      const byKey = new Map(values.map((value) => [keyOf(value), value]));
      if (byKey.size === 0) byKey.set(keyOf(null), null);
      return { byKey, missing: values.length === 1 && values[0] === undefined };
    });
    if (arrays > 1)
      throw new Fault(171, 'CannotIndexParallelArrays', `cannot index parallel arrays ${fields.join(', ')}`);
    if (arrays > 0) multikey = true;
    if (spec.sparse && columns.every(({ missing }) => missing)) return null;

    let full = [''];
    if (spec.unique)
      for (const parts of paths) {
        const column = new Set(keysAt(doc, parts).keys.map(uniqueKeyOf));
        full = full.flatMap((left) => [...column].map((right) => left + right));
      }
    const first = [...(columns[0]?.byKey ?? [])].map(([key, value]) => ({ key, value }));
    return { full, first };
  };

  return {
    spec,
    fields,
    multikey: () => multikey,

    check: (doc) => {
      keysOf(doc);
    },

    add: (doc, id) => {
      const keys = keysOf(doc);
      if (!keys) return;
      for (const { key, value } of keys.first) firsts.add(key, value, id);
      if (!spec.unique) return;
      for (const key of keys.full) {
        const holders = combinations.get(key);
        if (holders) holders.add(id);
        else combinations.set(key, new Set([id]));
      }
    },

    remove: (doc, id) => {
      const keys = keysOf(doc);
      if (!keys) return;
      for (const { key } of keys.first) firsts.remove(key, id);
      if (!spec.unique) return;
      for (const key of keys.full) {
        const holders = combinations.get(key);
        if (holders?.delete(id) && holders.size === 0) combinations.delete(key);
      }
    },

    owners: (doc, self) => {
      if (!spec.unique) return [];
      const holders = keysOf(doc)?.full.flatMap((key) => [...(combinations.get(key) ?? [])]) ?? [];
      return holders.filter((id) => id !== self);
    },

    clash: (a, b) => {
      if (!spec.unique) return false;
      const left = keysOf(a)?.full;
      const right = new Set(keysOf(b)?.full);
      return left?.some((key) => right.has(key)) ?? false;
    },

    withValue: (value) => firsts.idsOf(keyOf(value)),
    within: (lower, upper) => firsts.range(lower, upper),
  };
};
