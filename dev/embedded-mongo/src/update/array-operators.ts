import { BSONRegExp } from 'bson';
import type { Scope } from '../aggregation/scope.ts';
import { compare, equals } from '../bson/compare.ts';
import { type Doc, isDoc, isOperatorDoc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { integerArgument } from '../bson/numbers.ts';
import { typeOf } from '../bson/types.ts';
import { badValue, Fault, failedToParse } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { parseSort, sortDocs } from '../query/sort.ts';
import type { Location } from './location.ts';

type Apply = (location: Location) => void;

const requireArray = (operator: string, path: string, value: unknown): unknown[] => {
  if (!Array.isArray(value))
    throw badValue(`The field '${path}' must be an array but is of type ${typeOf(value)} (${operator})`);
  return value;
};

const orderOf = (sort: unknown): ((items: readonly unknown[]) => unknown[]) => {
  if (!isDoc(sort)) {
    const direction = Number(sort);
    if (direction !== 1 && direction !== -1) throw badValue('The $sort element value must be either 1 or -1');
    return (items) => [...items].sort((a, b) => compare(a, b) * direction);
  }
  const fields = parseSort(sort);
  if (fields.length === 0) throw badValue('The $sort pattern is empty');
  return (items) =>
    sortDocs(
      items.map((item) => ({ ...(isDoc(item) ? item : {}), [ORIGINAL]: item })),
      fields,
    ).map((wrapped) => wrapped[ORIGINAL]);
};

/** Wraps an element for sorting. No path can contain a field with this name. */
const ORIGINAL = '\0original';

const MODIFIERS = ['$each', '$slice', '$sort', '$position'];

/** `$push` with `$each`, `$position`, `$sort` and `$slice`, applied in that order. */
export const compilePush = (path: string, argument: unknown): Apply => {
  const modified = isOperatorDoc(argument) && MODIFIERS.includes(Object.keys(argument)[0] ?? '');
  const spec: Doc = modified ? argument : { $each: [argument] };
  for (const name of Object.keys(spec))
    if (!MODIFIERS.includes(name)) throw badValue(`Unrecognized clause in $push: ${name}`);
  const each = spec['$each'];
  if (!Array.isArray(each)) throw badValue('The argument to $each in $push must be an array');
  const slice = '$slice' in spec ? integerArgument(spec['$slice'], '$slice') : undefined;
  const position = '$position' in spec ? integerArgument(spec['$position'], '$position') : undefined;
  const order = '$sort' in spec ? orderOf(spec['$sort']) : undefined;

  return (location) => {
    const before = location.value === undefined ? [] : requireArray('$push', path, location.value);
    const at = position ?? before.length;
    let items = [...before.slice(0, at), ...each, ...before.slice(at)];
    if (order) items = order(items);
    if (slice !== undefined) items = slice >= 0 ? items.slice(0, slice) : items.slice(slice);
    location.set(items);
  };
};

export const compileAddToSet = (path: string, argument: unknown): Apply => {
  const many = isDoc(argument) && Object.keys(argument)[0] === '$each';
  if (many && Object.keys(argument).length > 1)
    throw badValue('Found unexpected fields after $each in $addToSet');
  const given: unknown = many ? argument['$each'] : [argument];
  if (!Array.isArray(given))
    throw new Fault(14, 'TypeMismatch', 'The argument to $each in $addToSet must be an array');

  return (location) => {
    const items = location.value === undefined ? [] : [...requireArray('$addToSet', path, location.value)];
    const seen = new Set(items.map(keyOf));
    for (const item of given) {
      const key = keyOf(item);
      if (!seen.has(key)) items.push(item);
      seen.add(key);
    }
    location.set(items);
  };
};

/** What `$pull` removes: elements equal to a value, or those that match a condition. */
const pulled = (argument: unknown, scope: Scope): ((item: unknown) => boolean) => {
  const first = isDoc(argument) ? (Object.keys(argument)[0] ?? '') : '';
  const logical = ['$and', '$or', '$nor', '$expr', '$comment'].includes(first);
  if (isDoc(argument) && (logical || !isOperatorDoc(argument))) {
    const matches = compileFilter(argument, scope);
    return (item) => isDoc(item) && matches(item);
  }
  if (isDoc(argument) || argument instanceof BSONRegExp) {
    const matches = compileFilter({ item: argument }, scope);
    return (item) => matches({ item });
  }
  return (item) => equals(item, argument);
};

export const compilePull = (argument: unknown, scope: Scope): Apply => {
  const goes = pulled(argument, scope);
  return (location) => {
    if (location.value === undefined) return;
    if (!Array.isArray(location.value)) throw badValue('Cannot apply $pull to a non-array value');
    location.set(location.value.filter((item) => !goes(item)));
  };
};

export const compilePullAll = (argument: unknown): Apply => {
  if (!Array.isArray(argument)) throw badValue('$pullAll requires an array argument');
  return (location) => {
    if (location.value === undefined) return;
    if (!Array.isArray(location.value)) throw badValue('Cannot apply $pull to a non-array value');
    location.set(location.value.filter((item) => !argument.some((gone) => equals(item, gone))));
  };
};

export const compilePop = (path: string, argument: unknown): Apply => {
  const end = integerArgument(argument, '$pop');
  if (end !== 1 && end !== -1) throw failedToParse(`$pop expects 1 or -1, found: ${end}`);
  return (location) => {
    if (location.value === undefined) return;
    if (!Array.isArray(location.value))
      throw new Fault(
        14,
        'TypeMismatch',
        `Path '${path}' contains an element of non-array type '${typeOf(location.value)}'`,
      );
    location.set(end === 1 ? location.value.slice(0, -1) : location.value.slice(1));
  };
};
