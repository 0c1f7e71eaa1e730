import { BSONRegExp } from 'bson';
import type { Scope } from '../aggregation/scope.ts';
import { compare, equals, rankOf } from '../bson/compare.ts';
import { isOperatorDoc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { integerArgument } from '../bson/numbers.ts';
import type { ValueTest } from '../bson/path.ts';
import { isNumeric, TYPE_CODES, TYPE_NAMES, typeOf } from '../bson/types.ts';
import { badValue, failedToParse } from '../errors.ts';
import { regexTest } from './regex.ts';

const isNullish = (value: unknown): boolean => value === null || value === undefined;

/** In a query, null also matches a missing field. */
export const equalTo = (wanted: unknown): ValueTest => {
  if (isNullish(wanted)) return isNullish;
  if (typeof wanted === 'string') return (value) => value === wanted;
  return (value) => value !== undefined && equals(value, wanted);
};

/** Compares values of the same type. Only MinKey and MaxKey are compared with all types. */
const ordered =
  (wanted: unknown, holds: (difference: number) => boolean): ValueTest =>
  (value) => {
    const type = typeOf(wanted);
    // This also applies to a missing field.
    if (type === 'minKey' || type === 'maxKey') return holds(compare(value, wanted));
    if (value === undefined || rankOf(value) !== rankOf(wanted)) return false;
    // NaN sorts below every number, but in a query it is neither greater nor less than a number.
    if (isNumeric(type) && Number.isNaN(Number(value)) !== Number.isNaN(Number(wanted))) return false;
    return holds(compare(value, wanted));
  };

const orNull = (wanted: unknown, test: ValueTest): ValueTest => (isNullish(wanted) ? isNullish : test);

const noRegex = (wanted: unknown, operator: string): unknown => {
  if (wanted instanceof BSONRegExp)
    throw badValue(`Can't have RegEx as arg to predicate over field (${operator}).`);
  return wanted;
};

export const greaterThan = (wanted: unknown): ValueTest => ordered(noRegex(wanted, '$gt'), (d) => d > 0);
export const lessThan = (wanted: unknown): ValueTest => ordered(noRegex(wanted, '$lt'), (d) => d < 0);
export const atLeast = (wanted: unknown): ValueTest =>
  orNull(
    wanted,
    ordered(noRegex(wanted, '$gte'), (d) => d >= 0),
  );
export const atMost = (wanted: unknown): ValueTest =>
  orNull(
    wanted,
    ordered(noRegex(wanted, '$lte'), (d) => d <= 0),
  );

/** `$in`: values are found by their key, so a long list costs one look-up per value. Regular expressions are tried one by one. */
export const oneOf = (operator: string, list: unknown, scope: Scope): ValueTest => {
  if (!Array.isArray(list)) throw badValue(`${operator} needs an array`);
  const keys = new Set<string>();
  const patterns: ValueTest[] = [];
  for (const item of list) {
    if (isOperatorDoc(item)) throw badValue(`cannot nest $ under ${operator}`);
    if (item instanceof BSONRegExp) patterns.push(regexTest(item, scope));
    else keys.add(keyOf(item));
  }
  return (value) => keys.has(keyOf(value)) || patterns.some((test) => test(value));
};

export const ofType = (wanted: unknown): ValueTest => {
  const names = new Set<string>();
  for (const item of Array.isArray(wanted) ? wanted : [wanted]) {
    const name = typeof item === 'string' ? item : TYPE_CODES.get(integerArgument(item, '$type'));
    if (name === undefined || (name !== 'number' && !TYPE_NAMES.has(name)))
      throw badValue(`Unknown type name alias: ${String(item)}`);
    names.add(name);
  }
  if (names.size === 0) throw failedToParse('$type must match at least one type');
  return (value) => {
    const type = typeOf(value);
    return names.has(type) || (names.has('number') && isNumeric(type));
  };
};

export const moduloIs = (argument: unknown): ValueTest => {
  if (!Array.isArray(argument) || argument.length !== 2)
    throw badValue('malformed mod, needs to be an array of two numbers');
  const divisor = Math.trunc(Number(argument[0]));
  const remainder = Math.trunc(Number(argument[1]));
  if (!Number.isSafeInteger(divisor) || !Number.isSafeInteger(remainder))
    throw badValue('malformed mod, divisor and remainder must be numbers');
  if (divisor === 0) throw badValue('divisor cannot be 0');
  return (value) => {
    const type = typeOf(value);
    if (type === 'decimal') return compare(value, 0) === 0;
    if (!isNumeric(type)) return false;
    if (type === 'long') return BigInt(String(value)) % BigInt(divisor) === BigInt(remainder);
    return Math.trunc(Number(value)) % divisor === remainder;
  };
};

export const sizeIs = (argument: unknown): ValueTest => {
  const size = integerArgument(argument, '$size');
  if (size < 0) throw badValue('$size may not be negative');
  return (value) => Array.isArray(value) && value.length === size;
};
