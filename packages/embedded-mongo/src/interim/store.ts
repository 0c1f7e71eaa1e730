// @ts-nocheck - the measured prototype as it was, so that other packages can test now; replaced by our own engine next
import { EJSON, ObjectId, type Document } from 'bson';
import { Aggregator, updateOne } from 'mingo';
import { Context } from 'mingo/core';
import { Query as MingoQuery } from 'mingo/query';
import * as accumulator from 'mingo/operators/accumulator';
import * as expression from 'mingo/operators/expression';
import * as pipeline from 'mingo/operators/pipeline';
import * as projection from 'mingo/operators/projection';
import * as query from 'mingo/operators/query';
import { cloneDeep, isEqual, resolve } from 'mingo/util';
import { MongoServerFault, badValue, writeConflict } from './errors.ts';

export type Doc = Document & { _id: unknown };

const TYPE_NAMES: Record<string, (v: unknown) => boolean> = {
  double: (v) => typeof v === 'number', int: Number.isInteger, long: Number.isInteger, number: (v) => typeof v === 'number' || bsonType(v) === 'Long' || bsonType(v) === 'Decimal128',
  string: (v) => typeof v === 'string', object: (v) => v !== null && typeof v === 'object' && (v as object).constructor === Object, array: Array.isArray,
  binData: (v) => bsonType(v) === 'Binary', objectId: (v) => bsonType(v) === 'ObjectId', bool: (v) => typeof v === 'boolean', date: (v) => v instanceof Date,
  null: (v) => v === null, regex: (v) => v instanceof RegExp, timestamp: (v) => bsonType(v) === 'Timestamp', decimal: (v) => bsonType(v) === 'Decimal128',
};
const TYPE_CODES: Record<number, string> = { 1: 'double', 2: 'string', 3: 'object', 4: 'array', 5: 'binData', 7: 'objectId', 8: 'bool', 9: 'date', 10: 'null', 11: 'regex', 16: 'int', 17: 'timestamp', 18: 'long', 19: 'decimal' };
const bsonType = (v: unknown): string | undefined => (v as { _bsontype?: string } | null | undefined)?._bsontype;

const context = Context.init({
  accumulator, expression, pipeline, projection,
  query: {
    ...query,
    $type: (selector: string, wanted: unknown) => (doc: Document) => {
      const v = resolve(doc, selector);
      return [wanted].flat().some((w) => {
        const is = TYPE_NAMES[typeof w === 'number' ? (TYPE_CODES[w] ?? '') : String(w)];
        if (!is) throw badValue(`Unknown type name alias: ${w}`);
        return is(v) || (Array.isArray(v) && v.some(is));
      });
    },
  },
} as never);

class Query extends MingoQuery {
  constructor(filter: Document, options: Document = {}) {
    super(filter, { scriptEnabled: false, context, ...options });
  }
}

/** Total, injective, type-tagged key for any BSON value (used for _id and index entries). */
export function keyOf(v: unknown): string {
  if (v === undefined || v === null) return 'z';
  switch (typeof v) {
    case 'string': return `s${v}`;
    case 'number': return `n${v}`;
    case 'bigint': return `n${v}`;
    case 'boolean': return `b${v}`;
  }
  if (v instanceof Date) return `d${v.getTime()}`;
  if (v instanceof RegExp) return `r${v}`;
  if (Array.isArray(v)) return `a[${v.map(keyOf).join()}]`;
  const t = (v as { _bsontype?: string })._bsontype;
  if (t === 'ObjectId') return `o${(v as ObjectId).toHexString()}`;
  if (t === 'Long') return `n${v}`;
  if (t) return `x${t}${v}`;
  return `j${EJSON.stringify(v)}`;
}

const isOperatorObject = (v: unknown): v is Document =>
  v !== null && typeof v === 'object' && (v as object).constructor === Object && Object.keys(v)[0]?.startsWith('$') === true;

export interface IndexSpec {
  name: string;
  key: Document;
  unique?: boolean;
  sparse?: boolean;
  expireAfterSeconds?: number;
  partialFilterExpression?: Document;
  [k: string]: unknown;
}

class Index {
  readonly fields: string[];
  readonly #partial: Query | null;
  /** Full compound key to document key; one to many unless unique. */
  #entries = new Map<string, Set<string>>();
  /** First field only, used to narrow equality queries. */
  #first = new Map<string, Set<string>>();

  constructor(readonly spec: IndexSpec) {
    this.fields = Object.keys(spec.key);
    this.#partial = spec.partialFilterExpression ? new Query(spec.partialFilterExpression) : null;
  }

  /** Whether every document is in the index, so it can answer any equality on its first field. */
  get complete(): boolean {
    return !this.#partial && !this.spec.sparse;
  }

  lookup(value: unknown): Iterable<string> {
    return this.#first.get(keyOf(value)) ?? [];
  }

  #keys(doc: Doc): { full: string[]; first: string[] } | null {
    if (this.#partial && !this.#partial.test(doc)) return null;
    const values = this.fields.map((f) => resolve(doc, f));
    if (this.spec.sparse && values.every((v) => v === undefined)) return null;
    const options = values.map((v) => (Array.isArray(v) ? (v.length ? [...new Set(v.map(keyOf)), keyOf(v)] : [keyOf(undefined), keyOf(v)]) : [keyOf(v)]));
    return { full: options.reduce((acc, o) => acc.flatMap((a) => o.map((k) => `${a}\u0000${k}`)), ['']), first: options[0] ?? [] };
  }

  /** Keys of other documents that a unique index would clash with. */
  conflicts(doc: Doc, self: string): string[] {
    if (!this.spec.unique) return [];
    return this.#keys(doc)?.full.flatMap((k) => [...(this.#entries.get(k) ?? [])].filter((o) => o !== self)) ?? [];
  }

  clash(a: Doc, b: Doc): boolean {
    if (!this.spec.unique) return false;
    const ka = this.#keys(a);
    const kb = this.#keys(b);
    return !!ka && !!kb && ka.full.some((k) => kb.full.includes(k));
  }

  add(doc: Doc, id: string): void {
    const keys = this.#keys(doc);
    if (!keys) return;
    for (const [map, ks] of [[this.#entries, keys.full], [this.#first, keys.first]] as const)
      for (const k of ks) {
        const set = map.get(k);
        if (set) set.add(id);
        else map.set(k, new Set([id]));
      }
  }

  remove(doc: Doc, id: string): void {
    const keys = this.#keys(doc);
    if (!keys) return;
    for (const [map, ks] of [[this.#entries, keys.full], [this.#first, keys.first]] as const)
      for (const k of ks) {
        const set = map.get(k);
        if (set?.delete(id) && set.size === 0) map.delete(k);
      }
  }
}

export interface UpdateOutcome {
  matched: number;
  modified: number;
  upserted?: unknown;
  before: Doc | null;
  after: Doc | null;
}

export class Collection {
  readonly docs = new Map<string, Doc>();
  readonly indexes: Index[] = [];
  /** Called before a stored document changes, so open transactions can keep the version they started with. */
  onWrite: ((id: string, old: Doc | undefined) => void) | undefined;

  constructor(readonly ns: string) {
    this.indexes.push(new Index({ v: 2, key: { _id: 1 }, name: '_id_' }));
  }

  // --- the view that reads go through (overridden inside transactions) -------------------------
  get(id: string): Doc | undefined {
    return this.docs.get(id);
  }
  all(): Iterable<Doc> {
    return this.docs.values();
  }
  protected idsWith(ix: Index, value: unknown): Iterable<string> {
    return ix.lookup(value);
  }

  // --- indexes -------------------------------------------------------------------------------
  createIndex(spec: IndexSpec): boolean {
    const same = this.indexes.find((ix) => ix.spec.name === spec.name || JSON.stringify(ix.spec.key) === JSON.stringify(spec.key));
    if (same) {
      const norm = (s: IndexSpec) => EJSON.stringify([s.name, s.key, !!s.unique, !!s.sparse, s.expireAfterSeconds ?? null, s.partialFilterExpression ?? null]);
      if (norm(same.spec) === norm(spec) || spec.name === '_id_') return false;
      throw same.spec.name === spec.name
        ? new MongoServerFault(86, 'IndexKeySpecsConflict', `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Requested index: ${EJSON.stringify(spec)}, existing index: ${EJSON.stringify(same.spec)}`)
        : new MongoServerFault(85, 'IndexOptionsConflict', `Index already exists with a different name or options: ${same.spec.name}`);
    }
    const ix = new Index(spec);
    for (const [id, doc] of this.docs) {
      if (ix.conflicts(doc, id).length) throw this.duplicate(ix, doc);
      ix.add(doc, id);
    }
    this.indexes.push(ix);
    return true;
  }

  dropIndex(which: unknown): void {
    const keep = (ix: Index) => ix.spec.name === '_id_' || (which !== '*' && ix.spec.name !== which && JSON.stringify(ix.spec.key) !== JSON.stringify(which));
    const left = this.indexes.filter(keep);
    if (left.length === this.indexes.length && which !== '*') throw new MongoServerFault(27, 'IndexNotFound', `index not found with name [${which}]`);
    this.indexes.splice(0, this.indexes.length, ...left);
  }

  protected duplicate(ix: Index, doc: Doc): MongoServerFault {
    const keyValue = Object.fromEntries(ix.fields.map((f) => [f, resolve(doc, f) ?? null]));
    const shown = Object.entries(keyValue).map(([k, v]) => `${k}: ${v instanceof ObjectId ? `ObjectId('${v}')` : JSON.stringify(v)}`).join(', ');
    return new MongoServerFault(11000, 'DuplicateKey', `E11000 duplicate key error collection: ${this.ns} index: ${ix.spec.name} dup key: { ${shown} }`, { keyPattern: ix.spec.key, keyValue });
  }

  // --- primitive writes ----------------------------------------------------------------------
  put(doc: Doc, expectNew: boolean): void {
    const id = keyOf(doc._id);
    const old = this.docs.get(id);
    if (expectNew && old) throw this.duplicate(this.indexes[0]!, doc);
    for (const ix of this.indexes) if (ix.conflicts(doc, id).length) throw this.duplicate(ix, doc);
    this.onWrite?.(id, old);
    for (let i = 1; i < this.indexes.length; i++) {
      if (old) this.indexes[i]!.remove(old, id);
      this.indexes[i]!.add(doc, id);
    }
    this.docs.set(id, doc);
  }

  drop(id: string): void {
    const old = this.docs.get(id);
    if (!old) return;
    this.onWrite?.(id, old);
    for (let i = 1; i < this.indexes.length; i++) this.indexes[i]!.remove(old, id);
    this.docs.delete(id);
  }

  // --- reads ---------------------------------------------------------------------------------
  #candidates(filter: Document): Iterable<Doc> {
    for (const [field, cond] of Object.entries(filter)) {
      if (field.startsWith('$') || cond === undefined) continue;
      let wanted: unknown[] | null = null;
      if (isOperatorObject(cond)) {
        if ('$eq' in cond) wanted = [cond['$eq']];
        else if (Array.isArray(cond['$in'])) wanted = cond['$in'];
      } else wanted = [cond];
      if (!wanted || wanted.some((w) => w instanceof RegExp || Array.isArray(w))) continue;
      if (field === '_id') return this.#byIds(new Set(wanted.map(keyOf)));
      const ix = this.indexes.find((i) => i.fields[0] === field && i.complete);
      if (ix) return this.#byIds(new Set(wanted.flatMap((w) => [...this.idsWith(ix, w)])));
    }
    return this.all();
  }

  *#byIds(ids: Set<string>): Generator<Doc> {
    for (const id of ids) {
      const doc = this.get(id);
      if (doc) yield doc;
    }
  }

  find(filter: Document = {}, o: { sort?: Document; skip?: number; limit?: number; projection?: Document; collation?: Document } = {}): Doc[] {
    const cursor = new Query(filter, o.collation ? { collation: o.collation as never } : {}).find<Doc>(this.#candidates(filter) as never, (o.projection ?? {}) as never);
    if (o.sort && Object.keys(o.sort).length) cursor.sort(o.sort as never);
    if (o.skip) cursor.skip(o.skip);
    if (o.limit) cursor.limit(Math.abs(o.limit));
    const out = cursor.all();
    if (o.projection && Object.keys(o.projection).length) return out.map((d) => ('_id' in d && Object.keys(d)[0] !== '_id' ? Object.assign({ _id: d['_id'] }, d) : d));
    return out;
  }

  // --- updates -------------------------------------------------------------------------------
  update(filter: Document, change: Document | Document[], o: { multi?: boolean; upsert?: boolean; sort?: Document; arrayFilters?: Document[]; collation?: Document } = {}): UpdateOutcome {
    const hits = this.find(filter, { ...(o.sort && { sort: o.sort }), ...(o.collation && { collation: o.collation }), ...(!o.multi && { limit: 1 }) });
    if (!hits.length) {
      if (!o.upsert) return { matched: 0, modified: 0, before: null, after: null };
      const seed = equalities(filter);
      const after = applyChange(seed, filter, change, o.arrayFilters, true);
      const doc: Doc = { _id: after['_id'] ?? new ObjectId(), ...after };
      this.put(doc, true);
      return { matched: 0, modified: 0, upserted: doc._id, before: null, after: doc };
    }
    let modified = 0;
    let after: Doc = hits[0]!;
    for (const old of hits) {
      const next = applyChange(old, filter, change, o.arrayFilters, false) as Doc;
      if (keyOf(next._id) !== keyOf(old._id)) throw new MongoServerFault(66, 'ImmutableField', "Performing an update on the path '_id' would modify the immutable field '_id'");
      if (old === hits[0]) after = next;
      if (isEqual(next, old)) continue;
      this.put(next, false);
      modified++;
    }
    return { matched: hits.length, modified, before: hits[0]!, after };
  }

  remove(filter: Document, limit: number, sort?: Document): Doc[] {
    const hits = this.find(filter, { limit, ...(sort && { sort }) });
    for (const d of hits) this.drop(keyOf(d._id));
    return hits;
  }
}

function equalities(filter: Document, into: Document = {}): Document {
  for (const [k, v] of Object.entries(filter)) {
    if (k === '$and') for (const f of v as Document[]) equalities(f, into);
    else if (!k.startsWith('$')) {
      const value = isOperatorObject(v) ? v['$eq'] : v;
      if (value === undefined || value instanceof RegExp) continue;
      const path = k.split('.');
      if (path.includes('__proto__')) throw badValue('__proto__ is not allowed in a field path');
      let at = into;
      for (const p of path.slice(0, -1)) at = at[p] ??= {};
      at[path.at(-1)!] = cloneDeep(value);
    }
  }
  return into;
}

function applyChange(doc: Document, filter: Document, change: Document | Document[], arrayFilters: Document[] | undefined, inserting: boolean): Document {
  if (!Array.isArray(change) && !Object.keys(change)[0]?.startsWith('$')) {
    return '_id' in change || !('_id' in doc) ? { ...change } : { _id: doc['_id'], ...change };
  }
  const holder: Document[] = [cloneDeep(doc) as Document];
  if (Array.isArray(change)) {
    updateOne(holder as never, {}, change as never);
    return holder[0]!;
  }
  const { $setOnInsert, ...ops } = change;
  if (inserting && $setOnInsert) ops['$set'] = { ...ops['$set'], ...$setOnInsert };
  const id = ops['$set']?.['_id'];
  if (id !== undefined) {
    const { _id, ...rest } = ops['$set'];
    ops['$set'] = rest;
    if (inserting) holder[0]!['_id'] ??= _id;
    else if (keyOf(_id) !== keyOf(doc['_id'])) throw new MongoServerFault(66, 'ImmutableField', "Performing an update on the path '_id' would modify the immutable field '_id'");
  }
  guardPaths(holder[0]!, ops);
  const positional = JSON.stringify(ops).includes('.$');
  if (Object.values(ops).some((e) => Object.keys(e as object).length))
    updateOne(holder as never, (positional && !inserting ? filter : {}) as never, ops as never, { cloneMode: 'deep', ...(arrayFilters && { arrayFilters }) } as never);
  return holder[0]!;
}

/** Rejects or rewrites what mingo would silently ignore. */
function guardPaths(doc: Document, ops: Document): void {
  for (const [op, expr] of Object.entries(ops))
    for (const [path, v] of Object.entries((expr ?? {}) as Document)) {
      if (path.includes('$')) continue;
      const parts = path.split('.');
      let at: unknown = doc;
      for (const p of parts.slice(0, -1)) {
        at = (at as Document)[p];
        if (at === undefined) break;
        if (at === null || typeof at !== 'object') {
          if (op === '$unset' || op === '$rename' || op === '$pull') break;
          throw new MongoServerFault(28, 'PathNotViable', `Cannot create field '${parts.at(-1)}' in element {${p}: ${at}}`);
        }
      }
      const cur = resolve(doc, path);
      if ((op === '$inc' || op === '$mul') && cur !== undefined && typeof cur !== 'number')
        throw new MongoServerFault(14, 'TypeMismatch', `Cannot apply ${op} to a value of non-numeric type. {_id: ${doc['_id']}} has the field '${path}' of non-numeric type ${cur === null ? 'null' : typeof cur}`);
      if ((op === '$push' || op === '$addToSet') && cur !== undefined && !Array.isArray(cur))
        throw badValue(`The field '${path}' must be an array but is of type ${cur === null ? 'null' : typeof cur} in document {_id: ${doc['_id']}}`);
      if (op === '$push' && cur === undefined && isOperatorObject(v)) updateOne([doc] as never, {}, { $set: { [path]: [] } } as never);
      if (op === '$addToSet' && Array.isArray(cur)) {
        const have = new Set(cur.map(keyOf));
        const fresh = (isOperatorObject(v) ? (v['$each'] as unknown[]) : [v]).filter((x) => !have.has(keyOf(x)) && have.add(keyOf(x)));
        delete expr[path];
        if (fresh.length) ops['$push'] = { ...ops['$push'], [path]: { $each: fresh } };
      }
    }
}

export class Store {
  readonly #collections = new Map<string, Collection>();
  readonly active = new Set<Transaction>();

  get(ns: string): Collection | undefined {
    return this.#collections.get(ns);
  }
  ensure(ns: string): Collection {
    let c = this.#collections.get(ns);
    if (!c) {
      this.#collections.set(ns, (c = new Collection(ns)));
      c.onWrite = (id, old) => {
        for (const tx of this.active) tx.ensure(ns).remember(id, old);
      };
    }
    return c;
  }
  dropCollection(ns: string): boolean {
    return this.#collections.delete(ns);
  }
  all(): IterableIterator<[string, Collection]> {
    return this.#collections.entries();
  }
  inDb(db: string): [string, Collection][] {
    return [...this.#collections].filter(([ns]) => ns.startsWith(`${db}.`)).map(([ns, c]) => [ns.slice(db.length + 1), c]);
  }

  /** Removes documents whose TTL has passed; returns how many. */
  expire(now = Date.now()): number {
    let gone = 0;
    for (const c of this.#collections.values())
      for (const { spec } of c.indexes) {
        if (spec.expireAfterSeconds === undefined) continue;
        const field = Object.keys(spec.key)[0]!;
        const limit = now - spec.expireAfterSeconds * 1000;
        for (const [id, doc] of [...c.docs]) {
          const v = resolve(doc, field);
          const dates = (Array.isArray(v) ? v : [v]).filter((d): d is Date => d instanceof Date);
          if (dates.length && Math.min(...dates.map(Number)) <= limit && (!spec.partialFilterExpression || new Query(spec.partialFilterExpression).test(doc))) {
            c.drop(id);
            gone++;
          }
        }
      }
    return gone;
  }
}

export interface View {
  get(ns: string): Collection | undefined;
  ensure(ns: string): Collection;
}

/** One collection as a transaction sees it: its own writes over the versions it started with over live data. */
class TxCollection extends Collection {
  readonly writes = new Map<string, Doc | null>();
  readonly #before = new Map<string, Doc | undefined>();

  constructor(readonly live: Collection) {
    super(live.ns);
    this.indexes.splice(0, 1, ...live.indexes);
  }
  /** A concurrent writer is about to change `id`; keep what this transaction is allowed to see. */
  remember(id: string, old: Doc | undefined): void {
    if (!this.#before.has(id)) this.#before.set(id, old);
  }
  override get(id: string): Doc | undefined {
    if (this.writes.has(id)) return this.writes.get(id) ?? undefined;
    return this.#before.has(id) ? this.#before.get(id) : this.live.docs.get(id);
  }
  override *all(): Iterable<Doc> {
    for (const id of new Set([...this.live.docs.keys(), ...this.#before.keys(), ...this.writes.keys()])) {
      const doc = this.get(id);
      if (doc) yield doc;
    }
  }
  protected override *idsWith(ix: Index, value: unknown): Iterable<string> {
    yield* ix.lookup(value);
    yield* this.#before.keys();
    yield* this.writes.keys();
  }
  override put(doc: Doc, expectNew: boolean): void {
    const id = keyOf(doc._id);
    if (expectNew && this.get(id)) throw this.duplicate(this.indexes[0]!, doc);
    if (this.#before.has(id)) throw writeConflict();
    for (const ix of this.indexes) {
      const taken = ix.conflicts(doc, id).some((o) => !this.writes.has(o)) || [...this.writes].some(([o, w]) => o !== id && w && ix.clash(w, doc));
      if (taken) throw this.duplicate(ix, doc);
    }
    this.writes.set(id, doc);
  }
  override drop(id: string): void {
    if (this.#before.has(id)) throw writeConflict();
    this.writes.set(id, null);
  }
  get stale(): boolean {
    return [...this.writes.keys()].some((id) => this.#before.has(id));
  }
}

/** Snapshot isolation: reads the state at start, buffers writes, first committer wins. */
export class Transaction implements View {
  readonly #views = new Map<string, TxCollection>();

  constructor(readonly store: Store) {
    store.active.add(this);
  }
  get(ns: string): Collection | undefined {
    return this.#views.get(ns) ?? (this.store.get(ns) ? this.ensure(ns) : undefined);
  }
  ensure(ns: string): TxCollection {
    let v = this.#views.get(ns);
    if (!v) this.#views.set(ns, (v = new TxCollection(this.store.ensure(ns))));
    return v;
  }
  end(): void {
    this.store.active.delete(this);
  }
  commit(): void {
    this.end();
    const views = [...this.#views.values()];
    if (views.some((v) => v.stale)) throw writeConflict();
    const undo: (() => void)[] = [];
    try {
      for (const pass of ['drop', 'put'] as const)
        for (const { live, writes } of views)
          for (const [id, doc] of writes) {
            const old = live.docs.get(id);
            if (pass === 'drop' ? doc : !doc) continue;
            if (doc) live.put(doc, false);
            else live.drop(id);
            undo.push(() => (old ? live.put(old, false) : live.drop(id)));
          }
    } catch {
      for (const u of undo.reverse()) u();
      throw writeConflict(); // a unique key was taken by a concurrent writer
    }
  }
}

export function aggregate(view: View, db: string, coll: string | null, pipeline: Document[], collation?: Document): Document[] {
  const [head, ...rest] = pipeline;
  for (const bad of ['$out', '$merge', '$changeStream', '$indexStats', '$collStats']) {
    if (pipeline.some((s) => bad in s)) throw badValue(`${bad} is not supported by the embedded server`);
  }
  const c = coll === null ? undefined : view.get(`${db}.${coll}`);
  const narrowed = c && head?.['$match'] ? c.find(head['$match'], collation ? { collation } : {}) : null;
  return new Aggregator(narrowed ? rest : pipeline, {
    ...(collation && { collation: collation as never }),
    scriptEnabled: false,
    collectionResolver: (name) => [...(view.get(`${db}.${name}`)?.all() ?? [])],
  }).run(narrowed ?? [...(c?.all() ?? [])]) as Document[];
}
