// @ts-nocheck - the measured prototype as it was, so that other packages can test now; replaced by our own engine next
import { ObjectId, Timestamp, calculateObjectSize, type Document } from 'bson';
import { MongoServerFault, badValue, noSuchTransaction, toFault } from './errors.ts';
import { Store, Transaction, aggregate, keyOf, type Collection, type Doc, type IndexSpec, type View } from './store.ts';
import { toLong } from './wire.ts';

const EMPTY: View = { get: () => undefined, ensure: () => { throw new Error('unreachable'); } };
const str = (v: unknown, what: string): string => {
  if (typeof v !== 'string') throw badValue(`${what} must be a string`);
  return v;
};

interface Ctx {
  db: string;
  view: View;
}
type Handler = (cmd: Document, ctx: Ctx) => Document;

export class Engine {
  readonly store = new Store();
  readonly #cursors = new Map<string, { ns: string; docs: Document[] }>();
  #nextCursor = 1;
  readonly #transactions = new Map<string, { number: string; tx: Transaction; touched: number }>();
  #clock = 0;
  address = '127.0.0.1:0';
  replicaSet: string | null = 'rs0';

  readonly #handlers: Record<string, Handler>;

  constructor() {
    const h: Record<string, Handler> = {
      hello: () => this.#hello(true),
      isMaster: () => this.#hello(false),
      ismaster: () => this.#hello(false),
      ping: () => ({}),
      buildInfo: () => ({ version: '7.0.0', versionArray: [7, 0, 0, 0], gitVersion: 'embedded', modules: ['embedded'], maxBsonObjectSize: 16777216, bits: 64 }),
      hostInfo: () => ({ system: { hostname: 'localhost' } }),
      getParameter: () => ({ featureCompatibilityVersion: { version: '7.0' } }),
      connectionStatus: () => ({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } }),
      replSetGetStatus: () => ({ set: this.replicaSet, myState: 1, members: [{ _id: 0, name: this.address, health: 1, state: 1, stateStr: 'PRIMARY', self: true }] }),
      serverStatus: () => ({ version: '7.0.0', process: 'embedded', uptime: process.uptime() }),
      endSessions: (c) => {
        for (const s of c['endSessions'] as Document[]) this.#end(keyOf(s['id']));
        return {};
      },
      killSessions: () => ({}),
      refreshSessions: () => ({}),
      listDatabases: (c) => {
        const names = [...new Set([...this.store.all()].map(([ns]) => ns.slice(0, ns.indexOf('.'))))].sort();
        const databases = names.map((name) => (c['nameOnly'] ? { name } : { name, sizeOnDisk: 0, empty: false }));
        return { databases, totalSize: 0 };
      },
      listCollections: (c, { db }) => {
        const docs = this.store.inDb(db).map(([name]) => ({ name, type: 'collection', ...(!c['nameOnly'] && { options: {}, info: { readOnly: false }, idIndex: { v: 2, key: { _id: 1 }, name: '_id_' } }) }));
        const filter = c['filter'] as Document | undefined;
        return this.#cursor(`${db}.$cmd.listCollections`, aggregateArray(docs, filter), 1e9);
      },
      create: (c, { db }) => {
        const ns = `${db}.${str(c['create'], 'create')}`;
        if (this.store.get(ns)) throw new MongoServerFault(48, 'NamespaceExists', `Collection ${ns} already exists.`);
        this.store.ensure(ns);
        return {};
      },
      drop: (c, { db }) => {
        const ns = `${db}.${str(c['drop'], 'drop')}`;
        if (!this.store.dropCollection(ns)) throw new MongoServerFault(26, 'NamespaceNotFound', 'ns not found');
        return { ns };
      },
      dropDatabase: (_c, { db }) => {
        for (const [name] of this.store.inDb(db)) this.store.dropCollection(`${db}.${name}`);
        return { dropped: db };
      },
      createIndexes: (c, { db }) => {
        const ns = `${db}.${str(c['createIndexes'], 'createIndexes')}`;
        const createdCollectionAutomatically = !this.store.get(ns);
        const coll = this.store.ensure(ns);
        const numIndexesBefore = coll.indexes.length;
        for (const spec of c['indexes'] as IndexSpec[]) coll.createIndex({ v: 2, ...spec });
        return { numIndexesBefore, numIndexesAfter: coll.indexes.length, createdCollectionAutomatically };
      },
      listIndexes: (c, { db }) => {
        const ns = `${db}.${str(c['listIndexes'], 'listIndexes')}`;
        const coll = this.store.get(ns);
        if (!coll) throw new MongoServerFault(26, 'NamespaceNotFound', `ns does not exist: ${ns}`);
        return this.#cursor(ns, coll.indexes.map((i) => i.spec), 1e9);
      },
      dropIndexes: (c, { db }) => {
        const coll = this.store.get(`${db}.${str(c['dropIndexes'], 'dropIndexes')}`);
        if (!coll) throw new MongoServerFault(26, 'NamespaceNotFound', 'ns not found');
        const nIndexesWas = coll.indexes.length;
        for (const which of Array.isArray(c['index']) ? c['index'] : [c['index']]) coll.dropIndex(which);
        return { nIndexesWas };
      },
      insert: (c, ctx) => {
        const coll = this.#coll(c['insert'], ctx, true);
        let n = 0;
        return this.#batch(c, c['documents'] as Document[], (d) => {
          coll.put((d['_id'] === undefined ? { _id: new ObjectId(), ...d } : '_id' === Object.keys(d)[0] ? d : { _id: d['_id'], ...d }) as Doc, true);
          n++;
        }, () => ({ n }));
      },
      update: (c, ctx) => {
        let n = 0;
        let nModified = 0;
        const upserted: Document[] = [];
        return this.#batch(c, c['updates'] as Document[], (u, index) => {
          const coll = this.#coll(c['update'], ctx, u['upsert'] === true);
          const r = coll.update(u['q'], u['u'], u);
          n += r.matched + (r.upserted !== undefined ? 1 : 0);
          nModified += r.modified;
          if (r.upserted !== undefined) upserted.push({ index, _id: r.upserted });
        }, () => ({ n, nModified, ...(upserted.length && { upserted }) }));
      },
      delete: (c, ctx) => {
        let n = 0;
        return this.#batch(c, c['deletes'] as Document[], (d) => {
          n += this.#coll(c['delete'], ctx, false).remove(d['q'], d['limit'] ?? 0).length;
        }, () => ({ n }));
      },
      findAndModify: (c, ctx) => {
        const query = c['query'] ?? {};
        const fields = c['fields'] as Document | undefined;
        const shape = (d: Doc | null) => (d && fields && Object.keys(fields).length ? aggregateArray([d], undefined, fields)[0]! : d);
        const coll = this.#coll(c['findAndModify'] ?? c['findandmodify'], ctx, c['upsert'] === true);
        if (c['remove']) {
          const [gone] = coll.remove(query, 1, c['sort']);
          return { lastErrorObject: { n: gone ? 1 : 0 }, value: shape(gone ?? null) };
        }
        const r = coll.update(query, c['update'], { upsert: c['upsert'], sort: c['sort'], arrayFilters: c['arrayFilters'], collation: c['collation'] } as never);
        const hit = r.matched > 0 || r.upserted !== undefined;
        return {
          lastErrorObject: { n: hit ? 1 : 0, updatedExisting: r.matched > 0, ...(r.upserted !== undefined && { upserted: r.upserted }) },
          value: shape(c['new'] ? r.after : r.before),
        };
      },
      find: (c, ctx) => {
        const ns = `${ctx.db}.${str(c['find'], 'find')}`;
        const docs = this.#coll(c['find'], ctx, false).find(c['filter'], c as never);
        return this.#cursor(ns, docs, c['batchSize'] ?? 101, c['singleBatch'] === true || c['limit'] < 0);
      },
      aggregate: (c, ctx) => {
        const coll = c['aggregate'] === 1 ? null : str(c['aggregate'], 'aggregate');
        const docs = aggregate(ctx.view, ctx.db, coll, c['pipeline'], c['collation']);
        return this.#cursor(`${ctx.db}.${coll ?? '$cmd.aggregate'}`, docs, c['cursor']?.batchSize ?? 101);
      },
      count: (c, ctx) => ({ n: this.#coll(c['count'], ctx, false).find(c['query'] ?? {}, c as never).length }),
      distinct: (c, ctx) => {
        const rows = aggregateArray(this.#coll(c['distinct'], ctx, false).find(c['query'] ?? {}), undefined, undefined, c['key']);
        return { values: rows };
      },
      getMore: (c) => {
        const id = String(c['getMore']);
        const cur = this.#cursors.get(id);
        if (!cur) throw new MongoServerFault(43, 'CursorNotFound', `cursor id ${id} not found`);
        const nextBatch = takeBatch(cur.docs, c['batchSize'] || Infinity);
        if (!cur.docs.length) this.#cursors.delete(id);
        return { cursor: { id: toLong(cur.docs.length ? Number(id) : 0), ns: cur.ns, nextBatch } };
      },
      killCursors: (c) => {
        const ids = (c['cursors'] as unknown[]).map(String);
        const cursorsKilled = ids.filter((i) => this.#cursors.delete(i)).map((i) => toLong(Number(i)));
        return { cursorsKilled, cursorsNotFound: [], cursorsAlive: [], cursorsUnknown: [] };
      },
      commitTransaction: (c) => {
        const sid = keyOf(c['lsid']?.id);
        const entry = this.#transactions.get(sid);
        if (!entry || entry.number !== String(c['txnNumber'])) throw noSuchTransaction(c['txnNumber']);
        this.#transactions.delete(sid);
        entry.tx.commit();
        return {};
      },
      abortTransaction: (c) => {
        const sid = keyOf(c['lsid']?.id);
        if (this.#transactions.get(sid)?.number !== String(c['txnNumber'])) throw noSuchTransaction(c['txnNumber']);
        this.#end(sid);
        return {};
      },
    };
    h['buildinfo'] = h['buildInfo']!;
    h['findandmodify'] = h['findAndModify']!;
    this.#handlers = h;
  }

  run(cmd: Document): Document {
    const name = Object.keys(cmd)[0] ?? '';
    try {
      const handler = Object.hasOwn(this.#handlers, name) ? this.#handlers[name] : undefined;
      if (!handler) throw new MongoServerFault(59, 'CommandNotFound', `no such command: '${name}'`);
      const reply = handler(cmd, { db: cmd['$db'] ?? 'admin', view: this.#view(cmd, name) });
      return { ...reply, ok: 1, ...this.#gossip() };
    } catch (err) {
      const fault = toFault(err);
      if (cmd['autocommit'] === false && name !== 'commitTransaction') this.#end(keyOf(cmd['lsid']?.id));
      return { ...fault.toReply(), ...this.#gossip() };
    }
  }

  close(): void {
    this.#cursors.clear();
    this.#transactions.clear();
  }

  #view(cmd: Document, name: string): View {
    if (cmd['autocommit'] !== false || name === 'commitTransaction' || name === 'abortTransaction') return this.store;
    const sid = keyOf(cmd['lsid']?.id);
    const number = String(cmd['txnNumber']);
    if (cmd['startTransaction']) {
      this.#end(sid);
      this.#transactions.set(sid, { number, tx: new Transaction(this.store), touched: Date.now() });
    }
    const entry = this.#transactions.get(sid);
    if (entry?.number !== number) throw noSuchTransaction(number);
    entry.touched = Date.now();
    return entry.tx;
  }

  /** Drops transactions idle for longer than MongoDB's default lifetime. */
  reap(now = Date.now(), maxAge = 60_000): void {
    for (const [k, t] of this.#transactions) if (now - t.touched > maxAge) this.#end(k);
  }

  #end(session: string): void {
    this.#transactions.get(session)?.tx.end();
    this.#transactions.delete(session);
  }

  #coll(name: unknown, ctx: Ctx, create: boolean): Collection {
    const ns = `${ctx.db}.${str(name, 'collection name')}`;
    return create ? ctx.view.ensure(ns) : (ctx.view.get(ns) ?? new Store().ensure(ns));
  }

  #batch<T>(cmd: Document, items: T[], each: (item: T, index: number) => void, done: () => Document): Document {
    const writeErrors: Document[] = [];
    for (const [index, item] of items.entries()) {
      try {
        each(item, index);
      } catch (err) {
        const f = toFault(err);
        if (cmd['autocommit'] === false) throw f;
        writeErrors.push({ index, code: f.code, errmsg: f.message, ...f.extra });
        if (cmd['ordered'] !== false) break;
      }
    }
    return { ...done(), ...(writeErrors.length && { writeErrors }) };
  }

  #cursor(ns: string, docs: Document[], batchSize: number, single = false): Document {
    const rest = [...docs];
    const firstBatch = takeBatch(rest, batchSize);
    let id = 0;
    if (!single && rest.length) {
      id = this.#nextCursor++;
      this.#cursors.set(String(id), { ns, docs: rest });
    }
    return { cursor: { id: toLong(id), ns, firstBatch } };
  }

  #gossip(): Document {
    if (!this.replicaSet) return {};
    const t = new Timestamp({ t: Math.floor(Date.now() / 1000), i: ++this.#clock });
    return { operationTime: t, $clusterTime: { clusterTime: t, signature: { hash: Buffer.alloc(20), keyId: toLong(0) } } };
  }

  #hello(modern: boolean): Document {
    return {
      [modern ? 'isWritablePrimary' : 'ismaster']: true,
      helloOk: true,
      ...(this.replicaSet && { setName: this.replicaSet, setVersion: 1, hosts: [this.address], primary: this.address, me: this.address, secondary: false, electionId: new ObjectId('7fffffff0000000000000001') }),
      maxBsonObjectSize: 16777216,
      maxMessageSizeBytes: 48000000,
      maxWriteBatchSize: 100000,
      localTime: new Date(),
      logicalSessionTimeoutMinutes: 30,
      minWireVersion: 0,
      maxWireVersion: 21,
      readOnly: false,
    };
  }
}

/** Takes up to `count` documents and about 16 MB, like a server batch. */
function takeBatch(docs: Document[], count: number): Document[] {
  let n = 0;
  for (let bytes = 0; n < docs.length && n < count; n++) {
    bytes += calculateObjectSize(docs[n]!);
    if (n > 0 && bytes > 16_777_216) break;
  }
  return docs.splice(0, n);
}

function aggregateArray(rows: Document[], filter?: Document, project?: Document, distinct?: string): Document[] {
  const scratch = { get: () => ({ find: () => rows, all: () => rows }) } as unknown as View;
  const pipeline: Document[] = [];
  if (distinct) pipeline.push({ $unwind: { path: `$${distinct}` } }, { $group: { _id: `$${distinct}` } });
  else {
    if (filter && Object.keys(filter).length) pipeline.push({ $skip: 0 }, { $match: filter });
    if (project) pipeline.push({ $project: project });
  }
  const out = pipeline.length ? aggregate(scratch, 'x', 'x', pipeline) : rows;
  return distinct ? out.map((d) => d['_id']) : out;
}
export { EMPTY };
