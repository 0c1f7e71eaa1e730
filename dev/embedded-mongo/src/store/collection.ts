import { UUID } from 'bson';
import { keyOf } from '../bson/key.ts';
import { WriteBlocked } from './blocked.ts';
import { duplicateKey } from './duplicate-key.ts';
import { createIndex, type Index } from './index-entries.ts';
import { ID_INDEX } from './index-spec.ts';
import type { CollectionView, StoredDoc } from './view.ts';

/** An open transaction that has changed documents. */
export interface Holder {
  readonly ended: Promise<void>;
  /** The documents of a collection after its commit, for the check of unique indexes. */
  pending(namespace: string): Iterable<readonly [id: string, doc: StoredDoc | null]>;
}

export interface LiveCollection extends CollectionView {
  readonly uuid: UUID;
  readonly indexes: Index[];
  readonly size: number;
  /** Documents changed by open transactions. */
  readonly holders: Map<string, Holder>;
  /** Writes without a check of holders and unique indexes, for the commit of a transaction that holds these documents. */
  apply(id: string, doc: StoredDoc | null): void;
}

interface Dependencies {
  readonly namespace: string;
  /** Called before a stored document changes, so that open transactions can keep the version that they may still read. */
  readonly beforeChange: (id: string, before: StoredDoc | undefined) => void;
  readonly openTransactions: () => Iterable<Holder>;
}

/** The committed documents of one collection. */
export const createCollection = ({
  namespace,
  beforeChange,
  openTransactions,
}: Dependencies): LiveCollection => {
  const docs = new Map<string, StoredDoc>();
  const indexes: Index[] = [createIndex(ID_INDEX)];
  const holders = new Map<string, Holder>();

  const apply = (id: string, doc: StoredDoc | null): void => {
    const before = docs.get(id);
    beforeChange(id, before);
    for (const index of indexes) {
      if (index.spec === ID_INDEX) continue;
      if (before) index.remove(before, id);
      if (doc) index.add(doc, id);
    }
    if (doc) docs.set(id, doc);
    else docs.delete(id);
  };

  const requireWritable = (id: string): void => {
    const holder = holders.get(id);
    if (holder) throw new WriteBlocked(holder.ended);
  };

  const requireUnique = (doc: StoredDoc, id: string): void => {
    for (const index of indexes) {
      index.check(doc);
      if (!index.spec.unique) continue;
      for (const owner of index.owners(doc, id)) {
        // The other transaction may release the value, so this write waits for its end, as on a server.
        requireWritable(owner);
        throw duplicateKey(namespace, index, doc);
      }
      for (const transaction of openTransactions())
        for (const [other, pending] of transaction.pending(namespace))
          if (other !== id && pending && index.clash(pending, doc)) throw new WriteBlocked(transaction.ended);
    }
  };

  return {
    namespace,
    uuid: new UUID(),
    indexes,
    live: true,
    holders,
    get size() {
      return docs.size;
    },
    get: (id) => docs.get(id),
    all: () => docs.values(),
    proposed: (index, candidates) => candidates(index),
    requireWritable,
    apply,

    insert: (doc) => {
      const id = keyOf(doc._id);
      requireWritable(id);
      const [idIndex] = indexes;
      if (docs.has(id) && idIndex) throw duplicateKey(namespace, idIndex, doc);
      requireUnique(doc, id);
      apply(id, doc);
    },
    replace: (before, after) => {
      const id = keyOf(before._id);
      requireWritable(id);
      requireUnique(after, id);
      apply(id, after);
    },
    remove: (doc) => {
      const id = keyOf(doc._id);
      requireWritable(id);
      apply(id, null);
    },
  };
};
