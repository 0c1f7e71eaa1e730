/** A BSON document in memory: a plain object whose fields are BSON values. Stored documents are never changed in place. */
export type Doc = { [field: string]: unknown };

/** True only for documents, not for arrays, dates or the wrapper classes of bson (Int32, ObjectId, ...). */
export const isDoc = (value: unknown): value is Doc =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Reads own fields only, so that `constructor` or `__proto__` in a path never reaches built-in objects. */
export const getField = (doc: Doc, name: string): unknown =>
  Object.hasOwn(doc, name) ? doc[name] : undefined;

/** Sets a field. A plain assignment would change the prototype if the field is named `__proto__`. */
export const setField = (doc: Doc, name: string, value: unknown): void => {
  if (name === '__proto__') {
    Object.defineProperty(doc, name, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  doc[name] = value;
};

/** Copies documents and arrays. The leaf values are shared, because no code changes them. */
export const cloneValue = <T>(value: T): T => {
  if (Array.isArray(value)) return value.map(cloneValue) as T;
  if (!isDoc(value)) return value;

  const copy: Doc = {};
  for (const name of Object.keys(value)) setField(copy, name, cloneValue(value[name]));
  return copy as T;
};

/** The document with `_id` as its first field, as a server stores it. */
export const withIdFirst = (doc: Doc, id: unknown): Doc => {
  const copy: Doc = { _id: id };
  for (const name of Object.keys(doc)) if (name !== '_id') setField(copy, name, doc[name]);
  return copy;
};

/** True if the first field is an operator, as in `{ $gt: 1 }`. The fields of a DBRef are data. */
export const isOperatorDoc = (value: unknown): value is Doc => {
  if (!isDoc(value)) return false;
  const first = Object.keys(value)[0];
  return first?.startsWith('$') === true && !['$ref', '$id', '$db'].includes(first);
};
