import { BSONSymbol, Code, DBRef, deserialize } from 'bson';
import { Fault, notImplemented } from '../errors.ts';
import { type Doc, isDoc, setField } from './document.ts';

/** MongoDB also refuses deeper nesting. Here the limit also protects recursive functions from a stack overflow. */
const MAX_DEPTH = 200;

const OPTIONS = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true };

const plainReference = (reference: DBRef): Doc => ({
  $ref: reference.collection,
  $id: reference.oid,
  ...(reference.db !== undefined && { $db: reference.db }),
  ...reference.fields,
});

const settleLeaf = (value: unknown, depth: number): unknown => {
  if (value instanceof DBRef) return settle(plainReference(value), depth);
  if (value === undefined) throw notImplemented('the deprecated BSON type undefined');
  if (value instanceof BSONSymbol) throw notImplemented('the deprecated BSON type symbol');
  if (value instanceof Code) throw notImplemented('the BSON type javascript');
  if (value instanceof Date && Number.isNaN(value.getTime()))
    throw notImplemented('dates outside the years JavaScript knows');
  return value;
};

const settle = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string' || value === null) return value;
  if (depth > MAX_DEPTH) throw new Fault(15, 'Overflow', `BSON nests deeper than ${MAX_DEPTH} levels`);

  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) value[i] = settle(item, depth + 1);
    return value;
  }
  if (!isDoc(value)) return settleLeaf(value, depth);

  for (const name of Object.keys(value)) {
    const before = value[name];
    if (typeof before === 'string') continue;
    const after = settle(before, depth + 1);
    if (after !== before) setField(value, name, after);
  }
  return value;
};

/** Parses bytes into a document that keeps every number type. Refuses values that the engine could not keep exactly. */
export const parseDocument = (bytes: Uint8Array): Doc => {
  const doc: Doc = deserialize(bytes, OPTIONS);
  settle(doc, 0);
  return doc;
};
