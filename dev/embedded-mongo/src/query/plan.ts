import { BSONRegExp, MaxKey, MinKey } from 'bson';
import { equals, identical, rankOf } from '../bson/compare.ts';
import { type Doc, isDoc, isOperatorDoc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import type { Index } from '../store/index-entries.ts';
import type { Bound } from '../store/ordered-keys.ts';
import type { Candidates, CollectionView, StoredDoc } from '../store/view.ts';
import { ofType } from './comparison.ts';

/** The conditions of a filter on one field at its top level that an index can use. */
interface Demand {
  equal?: readonly unknown[];
  lower?: Bound;
  upper?: Bound;
  exists?: boolean;
}

/** MinKey and MaxKey as bounds include missing fields, which a sparse index does not contain. */
const usable = (value: unknown): boolean =>
  !Array.isArray(value) &&
  !(value instanceof BSONRegExp || value instanceof MinKey || value instanceof MaxKey);
const present = (value: unknown): boolean => value !== null && value !== undefined;

const ofOperators = (operators: Doc, demand: Demand): void => {
  for (const [operator, value] of Object.entries(operators)) {
    if (operator === '$in' && Array.isArray(value) && value.every(usable)) demand.equal ??= value;
    if (operator === '$exists' && value === true) demand.exists = true;
    if (!usable(value) || !present(value)) continue;
    if (operator === '$eq') demand.equal = [value];
    if (operator === '$gt' || operator === '$gte') demand.lower = { value, inclusive: operator === '$gte' };
    if (operator === '$lt' || operator === '$lte') demand.upper = { value, inclusive: operator === '$lte' };
  }
};

const demandsOf = (filter: Doc, demands = new Map<string, Demand>()): Map<string, Demand> => {
  for (const [name, argument] of Object.entries(filter)) {
    if (name === '$and' && Array.isArray(argument)) {
      for (const clause of argument) if (isDoc(clause)) demandsOf(clause, demands);
    }
    if (name.startsWith('$')) continue;
    const demand = demands.get(name) ?? {};
    demands.set(name, demand);
    if (isOperatorDoc(argument)) ofOperators(argument, demand);
    else if (usable(argument)) demand.equal = [argument];
  }
  return demands;
};

/** Whether every document that satisfies these conditions has the field. */
const demandsPresence = ({ equal, lower, upper, exists }: Demand): boolean =>
  equal?.every(present) ?? (lower !== undefined || upper !== undefined || exists === true);

const implies = (demand: Demand, condition: unknown): boolean => {
  if (!isOperatorDoc(condition)) return demand.equal?.every((value) => equals(value, condition)) ?? false;
  return Object.entries(condition).every(([operator, argument]) => {
    if (operator === '$exists') return demandsPresence(demand);
    if (operator === '$eq') return demand.equal?.every((value) => equals(value, argument)) ?? false;
    if (operator === '$type') return demand.equal?.every(ofType(argument)) ?? false;
    return false;
  });
};

/** Whether every document that can match the filter is in the index. */
const covers = ({ spec, fields }: Index, filter: Doc, demands: ReadonlyMap<string, Demand>): boolean => {
  const first = demands.get(fields[0] ?? '');
  if (spec.sparse) return first !== undefined && demandsPresence(first);
  return Object.entries(spec.partial ?? {}).every(([field, condition]) => {
    if (field.startsWith('$')) return false;
    const demand = demands.get(field);
    return (
      (demand !== undefined && implies(demand, condition)) || identical(filter[field] ?? null, condition)
    );
  });
};

const range = (index: Index, demand: Demand): (() => Iterable<string>) | undefined => {
  const { lower, upper, exists } = demand;
  if (!lower && !upper)
    return exists && index.spec.partial ? () => index.within(undefined, undefined) : undefined;
  if (index.multikey()) return undefined;
  if (lower && upper && rankOf(lower.value) !== rankOf(upper.value)) return undefined;
  return () => index.within(lower ?? startOfType(upper?.value), upper);
};

/** The lowest value of the type of a bound. A range starts there, so that it skips the documents without the field. */
const startOfType = (value: unknown): Bound | undefined => {
  if (value instanceof Date) return { value: new Date(-8_640_000_000_000_000), inclusive: true };
  if (typeof value === 'string') return { value: '', inclusive: true };
  return undefined;
};

/** The documents that may match a filter. */
export interface Plan {
  readonly docs: Iterable<StoredDoc>;
  /** The field by whose ascending values the documents are already sorted, if there is one. */
  readonly ascendingBy?: string;
}

/** Chooses the documents that may match: by `_id`, or by a unique index, or by any index, or all documents. */
export const planFor = (view: CollectionView, filter: Doc): Plan => {
  const demands = demandsOf(filter);
  const byId = demands.get('_id')?.equal;
  if (byId) return { docs: fromIds(view, byId.map(keyOf)) };
  if (demands.size === 0) return { docs: view.all() };

  const indexes = view.indexes.slice(1).filter((index) => covers(index, filter, demands));
  const ofEquality = (unique: boolean) =>
    indexes.find((index) => index.spec.unique === unique && demands.get(index.fields[0] ?? '')?.equal);
  const equality = ofEquality(true) ?? ofEquality(false);
  if (equality) {
    const wanted = demands.get(equality.fields[0] ?? '')?.equal ?? [];
    const propose: Candidates = (index) => wanted.flatMap((value) => [...index.withValue(value)]);
    return { docs: fromIds(view, view.proposed(equality, propose)) };
  }
  for (const index of indexes) {
    const field = index.fields[0] ?? '';
    const demand = demands.get(field);
    const propose = demand && range(index, demand);
    if (!propose) continue;
    const docs = fromIds(view, view.proposed(index, propose));
    // A transaction appends documents that its index does not know, and an array has several places in an index.
    return view.live && !index.multikey() ? { docs, ascendingBy: field } : { docs };
  }
  return { docs: view.all() };
};

function* fromIds(view: CollectionView, ids: Iterable<string>): Generator<StoredDoc> {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) continue;
    seen.add(id);
    const doc = view.get(id);
    if (doc) yield doc;
  }
}
