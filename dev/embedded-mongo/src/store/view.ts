import type { Doc } from '../bson/document.ts';
import type { Index } from './index-entries.ts';

/** A document as stored: it has an `_id` and is never changed in place. */
export type StoredDoc = Doc & { readonly _id: unknown };

/** Which documents an index proposes for a filter; more than match, never fewer. */
export type Candidates = (index: Index) => Iterable<string>;

/** One collection as one reader and writer sees it: live, or as of the start of a transaction. */
export interface CollectionView {
  readonly namespace: string;
  readonly indexes: readonly Index[];
  /** True when the indexes know exactly what this view shows. */
  readonly live: boolean;
  get(id: string): StoredDoc | undefined;
  all(): Iterable<StoredDoc>;
  /** Ids from an index, and whatever this view has that the index does not know. */
  proposed(index: Index, candidates: Candidates): Iterable<string>;
  /** Throws when this document may not be written now: another transaction holds it. */
  requireWritable(id: string): void;
  insert(doc: StoredDoc): void;
  replace(before: StoredDoc, after: StoredDoc): void;
  remove(doc: StoredDoc): void;
}

/** The collections of all databases as one reader and writer sees them. */
export interface Catalog {
  get(namespace: string): CollectionView | undefined;
  /** The collection, made when it does not exist. */
  ensure(namespace: string): CollectionView;
}
