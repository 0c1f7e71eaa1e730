import { WriteBlocked } from './blocked.ts';
import { createCollection, type Holder, type LiveCollection } from './collection.ts';
import type { Catalog, StoredDoc } from './view.ts';

/** The part of an open transaction that the store calls. */
export interface TransactionObserver extends Holder {
  beforeChange(collection: LiveCollection, id: string, before: StoredDoc | undefined): void;
  dropped(namespace: string): void;
  /** True if the transaction has used this collection. Then the collection cannot be dropped or indexed. */
  uses(namespace: string): boolean;
  /** True for a collection that the transaction creates and has not committed yet. */
  creating(namespace: string): boolean;
}

/** All committed data. */
export interface Store extends Catalog {
  readonly transactions: Set<TransactionObserver>;
  get(namespace: string): LiveCollection | undefined;
  ensure(namespace: string): LiveCollection;
  drop(namespace: string): boolean;
  namespaces(): string[];
  collections(): Iterable<LiveCollection>;
}

/** The part of a namespace before its first dot. */
export const databaseOf = (namespace: string): string => namespace.slice(0, namespace.indexOf('.'));
export const collectionNameOf = (namespace: string): string => namespace.slice(namespace.indexOf('.') + 1);

export const createStore = (): Store => {
  const collections = new Map<string, LiveCollection>();
  const transactions = new Set<TransactionObserver>();

  const create = (namespace: string): LiveCollection => {
    const collection: LiveCollection = createCollection({
      namespace,
      openTransactions: () => transactions,
      beforeChange: (id, before) => {
        for (const transaction of transactions) transaction.beforeChange(collection, id, before);
      },
    });
    collections.set(namespace, collection);
    return collection;
  };

  return {
    transactions,
    get: (namespace) => collections.get(namespace),
    ensure: (namespace) => {
      const existing = collections.get(namespace);
      if (existing) return existing;
      for (const transaction of transactions)
        if (transaction.creating(namespace)) throw new WriteBlocked(transaction.ended);
      return create(namespace);
    },
    drop: (namespace) => {
      if (!collections.delete(namespace)) return false;
      for (const transaction of transactions) transaction.dropped(namespace);
      return true;
    },
    namespaces: () => [...collections.keys()],
    collections: () => collections.values(),
  };
};
