import type { Scope } from '../aggregation/scope.ts';
import { type Doc, isDoc } from '../bson/document.ts';
import type { Hit } from '../bson/path.ts';
import { badValue, notImplemented } from '../errors.ts';
import type { CollectionView, StoredDoc } from '../store/view.ts';
import { compileFilter } from './filter.ts';
import { type Plan, planFor } from './plan.ts';
import { parseSort, sortDocs } from './sort.ts';

export interface FindOptions {
  readonly filter: Doc;
  readonly scope: Scope;
  /** Throws when the time of the command is over. */
  readonly checkTime: () => void;
  readonly sort?: unknown;
  readonly hint?: unknown;
  readonly skip?: number;
  /** Highest number of documents; 0 means all. */
  readonly limit?: number;
}

/** A document that matched, and the array position that matched. */
export interface Match {
  readonly doc: StoredDoc;
  readonly hit: Hit;
}

type Order = 'forward' | 'backward' | ReturnType<typeof parseSort>;

const naturalOf = (spec: unknown): Order | undefined => {
  if (!isDoc(spec) || !('$natural' in spec)) return undefined;
  if (Object.keys(spec).length > 1) throw badValue('$natural cannot be combined with other fields');
  const direction = Number(spec['$natural']);
  if (direction !== 1 && direction !== -1) throw badValue('$natural must be 1 or -1');
  return direction === 1 ? 'forward' : 'backward';
};

/** A hint orders the result like its index. The index must exist and must contain all documents. */
const hinted = (view: CollectionView | undefined, hint: unknown): Order | undefined => {
  if (hint === undefined || (isDoc(hint) && Object.keys(hint).length === 0)) return undefined;
  const natural = naturalOf(hint);
  if (natural) return natural;
  const wanted = isDoc(hint)
    ? JSON.stringify(Object.entries(hint).map(([field, value]) => [field, Number(value)]))
    : hint;
  const index = view?.indexes.find(({ spec }) =>
    isDoc(hint)
      ? JSON.stringify(Object.entries(spec.key).map(([field, value]) => [field, Number(value)])) === wanted
      : spec.name === hint,
  );
  if (!index)
    throw badValue(
      'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
    );
  if (index.spec.sparse || index.spec.partial) throw notImplemented('a hint to a sparse or partial index');
  return parseSort(
    Object.fromEntries(
      Object.entries(index.spec.key).map(([field, value]) => [field, Math.sign(Number(value))]),
    ),
  );
};

/** The sort, or else the order of the hint; undefined if every order is allowed. */
const orderOf = (view: CollectionView | undefined, { sort, hint }: FindOptions): Order | undefined => {
  const byHint = hinted(view, hint);
  const natural = naturalOf(sort);
  if (natural) return natural;
  const fields = parseSort(sort);
  return fields.length > 0 ? fields : byHint;
};

const comesInOrder = ({ ascendingBy }: Plan, order: Order): boolean => {
  if (ascendingBy === undefined || typeof order === 'string') return false;
  const [first, ...more] = order;
  return more.length === 0 && first?.path === ascendingBy && first.direction === 1;
};

const CLOCK_EVERY = 256;

/** All documents that match, after sort, skip and limit. */
export const findMatches = (view: CollectionView | undefined, options: FindOptions): Match[] => {
  const { filter, scope, checkTime, skip = 0, limit = 0 } = options;
  const matches = compileFilter(filter, scope);
  const order = orderOf(view, options);
  if (!view) return [];

  const natural = order === 'forward' || order === 'backward';
  const plan = natural ? { docs: view.all() } : planFor(view, filter);
  const inOrder = order === undefined || order === 'forward' || comesInOrder(plan, order);
  const enough = inOrder && limit > 0 ? skip + limit : Number.POSITIVE_INFINITY;
  const found: Match[] = [];
  let seen = 0;
  for (const doc of plan.docs) {
    if (seen++ % CLOCK_EVERY === 0) checkTime();
    const hit: Hit = {};
    if (!matches(doc, hit)) continue;
    found.push({ doc, hit });
    if (found.length >= enough) break;
  }
  const ordered = inOrder ? found : order === 'backward' ? found.reverse() : sorted(found, order);
  return ordered.slice(skip, limit > 0 ? skip + limit : undefined);
};

const sorted = (matches: readonly Match[], by: ReturnType<typeof parseSort>): Match[] => {
  const byDoc = new Map(matches.map((match) => [match.doc, match]));
  return sortDocs([...byDoc.keys()], by).flatMap((doc) => byDoc.get(doc) ?? []);
};

export const findDocs = (view: CollectionView | undefined, options: FindOptions): StoredDoc[] =>
  findMatches(view, options).map(({ doc }) => doc);
