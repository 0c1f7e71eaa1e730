import type { Scope } from '../aggregation/scope.ts';
import { identical } from '../bson/compare.ts';
import type { Doc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { Fault, failedToParse, invalidOptions, writeConflict } from '../errors.ts';
import { findMatches } from '../query/find.ts';
import { acceptDocument, fillTimestamps } from '../store/accept.ts';
import { WriteBlocked } from '../store/blocked.ts';
import type { Catalog, CollectionView, StoredDoc } from '../store/view.ts';
import { compileUpdate, type Update } from './update.ts';
import { seedOf } from './upsert.ts';

export interface UpdateRequest {
  readonly namespace: string;
  readonly filter: Doc;
  readonly change: unknown;
  readonly arrayFilters?: unknown;
  readonly sort?: unknown;
  readonly hint?: unknown;
  readonly multi: boolean;
  readonly upsert: boolean;
  readonly scope: Scope;
  readonly checkTime: () => void;
}

export interface UpdateOutcome {
  readonly matched: number;
  readonly modified: number;
  readonly upserted?: StoredDoc;
  readonly before: StoredDoc | null;
  readonly after: StoredDoc | null;
}

const insertUpserted = (view: CollectionView, update: Update, filter: Doc): UpdateOutcome => {
  const seed = seedOf(filter, { idOnly: update.replaces });
  const made = update.apply(seed, { inserting: true, hit: {} });
  if ('_id' in made && made['_id'] === undefined)
    throw new Fault(66, 'ImmutableField', 'the _id cannot be missing');
  const doc = acceptDocument(update.replaces ? fillTimestamps(made) : made);
  view.insert(doc);
  return { matched: 0, modified: 0, upserted: doc, before: null, after: doc };
};

/** Only the first change may wait for a unique value that an open transaction holds, because a done change cannot be undone. */
const replaceOrRefuse = (view: CollectionView, before: StoredDoc, after: StoredDoc, begun: boolean): void => {
  try {
    view.replace(before, after);
  } catch (error) {
    throw begun && error instanceof WriteBlocked ? writeConflict() : error;
  }
};

/** Runs one update statement. If it is blocked, it has changed nothing; otherwise it is complete. */
export const runUpdate = (catalog: Catalog, request: UpdateRequest): UpdateOutcome => {
  const { namespace, filter, change, arrayFilters, multi, upsert, scope } = request;
  const update = compileUpdate(change, { arrayFilters, scope });
  if (multi && update.replaces)
    throw failedToParse('multi update is not supported for replacement-style update');
  if (multi && request.sort !== undefined) throw invalidOptions('a multi update cannot be sorted');

  const view = catalog.get(namespace);
  const matches = findMatches(view, { ...request, limit: multi ? 0 : 1 });
  if (!view || matches.length === 0) {
    if (!upsert) return { matched: 0, modified: 0, before: null, after: null };
    return insertUpserted(catalog.ensure(namespace), update, filter);
  }

  const changes = matches.map(({ doc, hit }) => {
    const next = update.apply(doc, { inserting: false, hit });
    const changed = !identical(next, doc);
    return {
      before: doc,
      changed,
      after: changed ? acceptDocument(update.replaces ? fillTimestamps(next) : next) : doc,
    };
  });
  const changed = changes.filter((one) => one.changed);
  // A statement has all of its effects or none, because after a wait for a transaction the whole statement runs again.
  for (const { before } of changed) view.requireWritable(keyOf(before._id));
  for (const [i, { before, after }] of changed.entries()) replaceOrRefuse(view, before, after, i > 0);
  const [first] = changes;
  return {
    matched: matches.length,
    modified: changed.length,
    before: first?.before ?? null,
    after: first?.after ?? null,
  };
};
