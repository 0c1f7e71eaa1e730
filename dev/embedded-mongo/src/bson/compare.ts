import { Binary, BSONRegExp, Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import { badValue, notImplemented } from '../errors.ts';
import { type Doc, isDoc } from './document.ts';
import { type TypeName, typeOf } from './types.ts';

/** The order of types in MongoDB. All numbers have the same rank and are compared by value. */
const RANK: Record<TypeName, number> = {
  minKey: -1,
  missing: 0,
  null: 5,
  int: 10,
  long: 10,
  double: 10,
  decimal: 10,
  string: 15,
  object: 20,
  array: 25,
  binData: 30,
  objectId: 35,
  bool: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  maxKey: 127,
};

export const rankOf = (value: unknown): number => RANK[typeOf(value)];

const order = <T extends number | bigint | string | boolean>(a: T, b: T): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** Compares exactly: a Long beyond 2^53 stays a bigint, and JavaScript compares bigint with number by value. */
export const numberOf = (value: unknown): number | bigint => {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (value instanceof Long) {
    const big = value.toBigInt();
    return big >= BigInt(Number.MIN_SAFE_INTEGER) && big <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(big)
      : big;
  }
  if (typeOf(value) === 'decimal')
    throw notImplemented('comparing, ordering, indexing or calculating with Decimal128');
  throw badValue('expected a number');
};

const compareNumbers = (a: number | bigint, b: number | bigint): number => {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
};

/** Moves surrogates behind the rest of the basic plane, so that UTF-16 units have the same order as UTF-8 bytes. */
const utf8Weight = (unit: number): number =>
  unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;

export const compareStrings = (a: string, b: string): number => {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return utf8Weight(left) - utf8Weight(right);
  }
  return a.length - b.length;
};

const bytesOf = (value: Binary): Buffer =>
  Buffer.from(value.buffer.buffer, value.buffer.byteOffset, value.position);

const compareBinary = (a: Binary, b: Binary): number =>
  a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(bytesOf(a), bytesOf(b));

const compareDocs = (a: Doc, b: Doc): number => {
  const left = Object.keys(a);
  const right = Object.keys(b);
  for (const [i, name] of left.entries()) {
    const other = right[i];
    if (other === undefined) return 1;
    const difference =
      rankOf(a[name]) - rankOf(b[other]) || compareStrings(name, other) || compare(a[name], b[other]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};

const compareArrays = (a: readonly unknown[], b: readonly unknown[]): number => {
  for (const [i, value] of a.entries()) {
    if (i >= b.length) return 1;
    const difference = compare(value, b[i]);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};

/** Total order over BSON values, as in MongoDB. A comparison of Decimal128 with another number is refused. */
export const compare = (a: unknown, b: unknown): number => {
  const rank = rankOf(a);
  const difference = rank - rankOf(b);
  if (difference !== 0) return difference;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (rank === RANK.int) return compareNumbers(numberOf(a), numberOf(b));
  if (a instanceof Date && b instanceof Date) return order(a.getTime(), b.getTime());
  if (typeof a === 'boolean' && typeof b === 'boolean') return order(a, b);
  if (a instanceof ObjectId && b instanceof ObjectId) return Buffer.compare(a.id, b.id);
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (a instanceof Binary && b instanceof Binary) return compareBinary(a, b);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.toBigInt(), b.toBigInt());
  if (a instanceof BSONRegExp && b instanceof BSONRegExp)
    return compareStrings(a.pattern, b.pattern) || compareStrings(a.options, b.options);
  if (isDoc(a) && isDoc(b)) return compareDocs(a, b);
  return 0;
};

export const equals = (a: unknown, b: unknown): boolean => compare(a, b) === 0;

/** Whether two values have the same bytes, number types and field order. It decides whether an update changed anything. */
export const identical = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, i) => identical(value, b[i]));
  if (isDoc(a) && isDoc(b)) {
    const left = Object.keys(a);
    const right = Object.keys(b);
    return (
      left.length === right.length &&
      left.every((name, i) => name === right[i] && identical(a[name], b[name]))
    );
  }
  if (type === 'double') return Object.is(numberOf(a), numberOf(b));
  if (type === 'decimal') return String(a) === String(b);
  return compare(a, b) === 0;
};
