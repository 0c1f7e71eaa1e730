import { EJSON, ObjectId } from 'bson';
import type { Doc } from '../bson/document.ts';
import { valueAt } from '../bson/path.ts';
import { Fault } from '../errors.ts';
import type { Index } from './index-entries.ts';

const shown = (value: unknown): string =>
  value instanceof ObjectId ? `ObjectId('${value.toHexString()}')` : EJSON.stringify(value);

/** Error 11000 in the form that drivers and mongoose read. */
export const duplicateKey = (namespace: string, index: Index, doc: Doc): Fault => {
  const keyValue: Doc = {};
  for (const field of index.fields) keyValue[field] = valueAt(doc, field.split('.')) ?? null;
  const text = Object.entries(keyValue)
    .map(([field, value]) => `${field}: ${shown(value)}`)
    .join(', ');
  return new Fault(
    11000,
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: ${index.spec.name} dup key: { ${text} }`,
    { keyPattern: index.spec.key, keyValue },
  );
};
