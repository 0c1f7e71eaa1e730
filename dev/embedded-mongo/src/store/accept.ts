import { calculateObjectSize, ObjectId, Timestamp } from 'bson';
import { type Doc, isDoc, setField, withIdFirst } from '../bson/document.ts';
import { typeOf } from '../bson/types.ts';
import { Fault } from '../errors.ts';
import type { StoredDoc } from './view.ts';

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

let lastIncrement = 0;

/** The time as a BSON timestamp that differs at every call. */
export const nextTimestamp = (): Timestamp => {
  lastIncrement = (lastIncrement + 1) & 0x7fffffff;
  return new Timestamp({ t: Math.floor(Date.now() / 1000), i: lastIncrement });
};

const requireId = (id: unknown): void => {
  const type = typeOf(id);
  if (type === 'array' || type === 'regex')
    throw new Fault(53, 'InvalidIdField', `The '_id' value cannot be of type ${type}`);
  if (!isDoc(id)) return;
  const dollar = Object.keys(id).find((name) => name.startsWith('$'));
  if (dollar !== undefined)
    throw new Fault(
      52,
      'DollarPrefixedFieldName',
      `_id fields may not contain '$'-prefixed fields: ${dollar} is not valid for storage.`,
    );
};

/** Prepares a document for the store: `_id` is first and has an allowed type, and the document is not too large. */
export const acceptDocument = (doc: Doc): StoredDoc => {
  const id = doc['_id'] === undefined ? new ObjectId() : doc['_id'];
  requireId(id);
  const first = Object.keys(doc)[0] === '_id' ? doc : withIdFirst(doc, id);
  const bytes = calculateObjectSize(first);
  if (bytes > MAX_DOCUMENT_BYTES)
    throw new Fault(
      10334,
      'BSONObjectTooLarge',
      `object to insert too large. size in bytes: ${bytes}, max size: ${MAX_DOCUMENT_BYTES}`,
    );
  return first as StoredDoc;
};

/** Replaces an empty timestamp at the top level of an inserted or replacing document by the current time. */
export const fillTimestamps = (doc: Doc): Doc => {
  const empty = Object.keys(doc).filter((name) => {
    const value = doc[name];
    return name !== '_id' && value instanceof Timestamp && value.isZero();
  });
  if (empty.length === 0) return doc;
  const out = { ...doc };
  for (const name of empty) setField(out, name, nextTimestamp());
  return out;
};
