import { type Doc, isDoc } from '../bson/document.ts';
import { integerArgument } from '../bson/numbers.ts';
import { isNumeric, typeOf } from '../bson/types.ts';
import { badValue, Fault, failedToParse, notImplemented, typeMismatch } from '../errors.ts';
import type { Call } from './command.ts';

export const docArgument = (value: unknown, name: string): Doc => {
  if (value === undefined || value === null) return {};
  if (!isDoc(value)) throw typeMismatch(`'${name}' must be an object, not ${typeOf(value)}`);
  return value;
};

export const listArgument = (value: unknown, name: string): Doc[] => {
  if (!Array.isArray(value) || !value.every(isDoc))
    throw typeMismatch(`'${name}' must be an array of objects`);
  return value;
};

/** Reads a boolean, which may be a number as on a server. */
export const flagArgument = (value: unknown, name: string, absent = false): boolean => {
  if (value === undefined) return absent;
  if (typeof value === 'boolean') return value;
  if (isNumeric(typeOf(value))) return Number(value) !== 0;
  throw typeMismatch(`'${name}' must be a boolean`);
};

export const countArgument = (value: unknown, name: string, absent: number): number => {
  if (value === undefined || value === null) return absent;
  const count = integerArgument(value, name);
  if (count < 0) throw badValue(`${name} must be >= 0`);
  return count;
};

/** The namespace that the first field of a command names. */
export const namespaceOf = ({ command, name, database }: Call): string => {
  const collection = command[name];
  if (typeof collection !== 'string')
    throw new Fault(73, 'InvalidNamespace', `collection name has invalid type ${typeOf(collection)}`);
  if (
    collection === '' ||
    collection.includes('\0') ||
    collection.includes('$') ||
    collection.startsWith('.')
  )
    throw new Fault(73, 'InvalidNamespace', `Invalid namespace specified '${database}.${collection}'`);
  if (collection.startsWith('system.')) throw notImplemented(`system collections ('${collection}')`);
  return `${database}.${collection}`;
};

/** Refuses unknown fields in the statements of a command, as for the command itself. */
export const requireFields = (
  doc: Doc,
  where: string,
  { known, refused = [] }: { known: readonly string[]; refused?: readonly string[] },
): void => {
  for (const name of Object.keys(doc)) {
    if (known.includes(name)) continue;
    if (refused.includes(name)) throw notImplemented(`${where}.${name}`);
    throw new Fault(40415, 'Location40415', `BSON field '${where}.${name}' is an unknown field.`);
  }
};

/** Accepts only the collation that changes nothing. */
export const requireSimpleCollation = (value: unknown): void => {
  if (value === undefined || value === null) return;
  if (
    isDoc(value) &&
    (Object.keys(value).length === 0 || (Object.keys(value).length === 1 && value['locale'] === 'simple'))
  )
    return;
  throw notImplemented('collation');
};

export const requireFilter = (value: unknown, name: string): Doc => {
  if (!isDoc(value)) throw failedToParse(`'${name}' must be a document`);
  return value;
};
