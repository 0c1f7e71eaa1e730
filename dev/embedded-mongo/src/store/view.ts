import type { Doc } from '../bson/document.ts';
import type { Index } from './index-entries.ts';

/** A document as stored: it has an `_id` and is never changed in place. */
export type StoredDoc = Doc & { readonly _id: unknown };

/** The documents that an index proposes for a filter. They include every document that matches. */
export type Candidates = (index: Index) => Iterable<string>;

/** One collection as one client sees it: the current state, or the state at the start of a transaction. */
export interface CollectionView {
  readonly namespace: string;
  readonly indexes: readonly Index[];
  /** True if the indexes contain exactly the documents of this view. */
  readonly live: boolean;
  get(id: string): StoredDoc | undefined;
  all(): Iterable<StoredDoc>;
  /** Ids from an index, and those of this view's documents that the index does not know. */
  proposed(index: Index, candidates: Candidates): Iterable<string>;
  /** Throws if this document cannot be written now because another transaction holds it. */
  requireWritable(id: string): void;
  insert(doc: StoredDoc): void;
  replace(before: StoredDoc, after: StoredDoc): void;
  remove(doc: StoredDoc): void;
}

/** The collections of all databases as one client sees them. */
export interface Catalog {
  get(namespace: string): CollectionView | undefined;
  /** The collection. It is created if it does not exist. */
  ensure(namespace: string): CollectionView;
}
