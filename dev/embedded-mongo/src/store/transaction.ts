import { keyOf } from '../bson/key.ts';
import { Fault, writeConflict } from '../errors.ts';
import type { LiveCollection } from './collection.ts';
import { createCollection } from './collection.ts';
import { duplicateKey } from './duplicate-key.ts';
import type { Index } from './index-entries.ts';
import type { IndexSpec } from './index-spec.ts';
import { buildIndexes } from './indexes.ts';
import type { Store, TransactionObserver } from './store.ts';
import type { Catalog, CollectionView, StoredDoc } from './view.ts';

/** An open transaction: its own catalog over the state at its start. */
export interface Transaction extends Catalog, TransactionObserver {
  createIndexes(namespace: string, specs: readonly IndexSpec[]): void;
  commit(): void;
  abort(): void;
}

interface TransactionView extends CollectionView {
  /** The committed collection below. For a collection that the transaction creates, it belongs to the transaction. */
  readonly below: LiveCollection;
  readonly writes: Map<string, StoredDoc | null>;
  readonly before: Map<string, StoredDoc | undefined>;
}

const snapshotGone = (): Fault =>
  new Fault(
    246,
    'SnapshotUnavailable',
    'Unable to read from a snapshot due to pending collection catalog changes; please retry the operation.',
  );

/** One collection as a transaction sees it: its own writes first, then the state at its start, then the current state. */
const createView = (
  below: LiveCollection,
  self: TransactionObserver,
  others: () => Iterable<TransactionObserver>,
): TransactionView => {
  const writes = new Map<string, StoredDoc | null>();
  const before = new Map<string, StoredDoc | undefined>();

  const get = (id: string): StoredDoc | undefined => {
    if (writes.has(id)) return writes.get(id) ?? undefined;
    return before.has(id) ? before.get(id) : below.get(id);
  };

  function* all(): Generator<StoredDoc> {
    const known = new Set<string>();
    for (const doc of below.all()) known.add(keyOf(doc._id));
    for (const id of [...before.keys(), ...writes.keys()]) known.add(id);
    for (const id of known) {
      const doc = get(id);
      if (doc) yield doc;
    }
  }

  /** The first writer wins. The other one gets its error at once, not at its commit. */
  const requireWritable = (id: string): void => {
    const holder = below.holders.get(id);
    if ((holder && holder !== self) || before.has(id)) throw writeConflict();
  };

  const requireUniqueIn = (index: Index, doc: StoredDoc, id: string): void => {
    for (const owner of index.owners(doc, id)) {
      if (writes.has(owner)) continue;
      requireWritable(owner);
      throw duplicateKey(below.namespace, index, doc);
    }
    for (const [other, pending] of writes)
      if (other !== id && pending && index.clash(pending, doc))
        throw duplicateKey(below.namespace, index, doc);
    for (const transaction of others()) {
      if (transaction === self) continue;
      for (const [other, pending] of transaction.pending(below.namespace))
        if (other !== id && pending && index.clash(pending, doc)) throw writeConflict();
    }
  };

  const write = (id: string, doc: StoredDoc | null): void => {
    if (doc)
      for (const index of below.indexes) {
        // The commit must not fail, so a document that an index cannot contain fails now.
        index.check(doc);
        if (index.spec.unique) requireUniqueIn(index, doc, id);
      }
    below.holders.set(id, self);
    writes.set(id, doc);
  };

  return {
    namespace: below.namespace,
    indexes: below.indexes,
    live: false,
    below,
    writes,
    before,
    get,
    all,
    *proposed(index, candidates) {
      yield* candidates(index);
      yield* before.keys();
      yield* writes.keys();
    },
    requireWritable,
    insert: (doc) => {
      const id = keyOf(doc._id);
      const [idIndex] = below.indexes;
      if (get(id) && idIndex) throw duplicateKey(below.namespace, idIndex, doc);
      requireWritable(id);
      write(id, doc);
    },
    replace: (old, doc) => {
      const id = keyOf(old._id);
      requireWritable(id);
      write(id, doc);
    },
    remove: (doc) => {
      const id = keyOf(doc._id);
      requireWritable(id);
      write(id, null);
    },
  };
};

/** Snapshot isolation: a transaction reads the state at its start, keeps its writes private, and the first writer wins. */
export const beginTransaction = (store: Store): Transaction => {
  const views = new Map<string, TransactionView>();
  const created = new Set<string>();
  const gone = new Set<string>();
  const used = new Set<string>();
  const bornBefore = new Set(store.namespaces());
  let finish: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const viewOf = (below: LiveCollection): TransactionView => {
    const view = views.get(below.namespace) ?? createView(below, self, () => store.transactions);
    views.set(below.namespace, view);
    return view;
  };

  const release = (): void => {
    store.transactions.delete(self);
    for (const { below, writes } of views.values())
      for (const id of writes.keys()) if (below.holders.get(id) === self) below.holders.delete(id);
    finish();
  };

  const get = (namespace: string): CollectionView | undefined => {
    if (gone.has(namespace)) throw snapshotGone();
    used.add(namespace);
    const known = views.get(namespace);
    if (known) return known;
    const live = store.get(namespace);
    return live && viewOf(live);
  };

  /** Collections that this transaction creates. They are outside the store until the commit. */
  const create = (namespace: string): CollectionView => {
    const creating = [...store.transactions].some((other) => other !== self && other.creating(namespace));
    if (creating) throw writeConflict();
    created.add(namespace);
    return viewOf(createCollection({ namespace, beforeChange: () => undefined, openTransactions: () => [] }));
  };

  const self: Transaction = {
    ended,
    get,
    ensure: (namespace) => {
      const view = get(namespace);
      if (!view) return create(namespace);
      // Another client created the collection after the snapshot of this transaction.
      if (!bornBefore.has(namespace) && !created.has(namespace)) throw writeConflict();
      return view;
    },
    pending: (namespace) => views.get(namespace)?.writes ?? [],
    uses: (namespace) => used.has(namespace),
    creating: (namespace) => created.has(namespace),
    beforeChange: (collection, id, before) => {
      const view = viewOf(collection);
      if (!view.before.has(id)) view.before.set(id, before);
    },
    dropped: (namespace) => {
      gone.add(namespace);
      views.delete(namespace);
    },
    createIndexes: (namespace, specs) => {
      const view = views.get(namespace);
      if (view) buildIndexes(view.below, specs);
    },

    commit: () => {
      release();
      for (const namespace of created) {
        const view = views.get(namespace);
        if (view)
          buildIndexes(
            store.ensure(namespace),
            view.below.indexes.slice(1).map(({ spec }) => spec),
          );
      }
      for (const { namespace, writes } of views.values()) {
        const live = store.ensure(namespace);
        // Removals come first, because a write may use the unique value of a removed document.
        for (const [id, doc] of writes) if (!doc) live.apply(id, null);
        for (const [id, doc] of writes) if (doc) live.apply(id, doc);
      }
    },
    abort: release,
  };

  store.transactions.add(self);
  return self;
};
