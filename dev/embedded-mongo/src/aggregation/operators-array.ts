import { Int32 } from 'bson';
import { compare, equals } from '../bson/compare.ts';
import { isDoc, setField } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { integerArgument } from '../bson/numbers.ts';
import { badValue } from '../errors.ts';
import { average, extreme, total } from './accumulate.ts';
import { expressionFault, isNullish, type OperatorTable, pair, single, values } from './operator.ts';

const arrayOr = (code: number, operator: string, value: unknown): unknown[] => {
  if (!Array.isArray(value)) throw expressionFault(code, `The argument to ${operator} must be an array`);
  return value;
};

const elementAt = (list: unknown, index: unknown): unknown => {
  if (isNullish(list) || isNullish(index)) return null;
  const array = arrayOr(28689, '$arrayElemAt', list);
  return array.at(integerArgument(index, '$arrayElemAt'));
};

const slice = (list: unknown, first: unknown, second?: unknown): unknown => {
  if (isNullish(list) || isNullish(first)) return null;
  const array = arrayOr(28724, '$slice', list);
  const n = integerArgument(first, '$slice');
  if (second === undefined) return n >= 0 ? array.slice(0, n) : array.slice(n);
  const count = integerArgument(second, '$slice');
  if (count <= 0) throw expressionFault(28729, 'Third argument to $slice must be positive');
  const start = n >= 0 ? n : Math.max(array.length + n, 0);
  return array.slice(start, start + count);
};

/** On a server sets have no order. Here the first occurrence keeps its place. */
const unique = (items: readonly unknown[]): unknown[] => [
  ...new Map(items.map((item) => [keyOf(item), item])).values(),
];

const merged = (...docs: unknown[]): unknown => {
  const out = {};
  for (const doc of docs) {
    if (isNullish(doc)) continue;
    if (!isDoc(doc)) throw expressionFault(40400, '$mergeObjects requires object inputs');
    for (const [name, value] of Object.entries(doc)) setField(out, name, value);
  }
  return out;
};

const fromPairs = (list: unknown): unknown => {
  if (isNullish(list)) return null;
  const out = {};
  for (const item of arrayOr(40386, '$arrayToObject', list)) {
    const [name, value] = Array.isArray(item) ? item : isDoc(item) ? [item['k'], item['v']] : [];
    if (typeof name !== 'string')
      throw expressionFault(40394, '$arrayToObject requires pairs with a string key');
    setField(out, name, value);
  }
  return out;
};

/** As expressions, `$sum` and similar operators read the elements of a single array argument. */
const flattened =
  (evaluate: (items: readonly unknown[]) => unknown) =>
  (...items: unknown[]) =>
    evaluate(items.length === 1 && Array.isArray(items[0]) ? items[0] : items);

const range = (start: unknown, end: unknown, step: unknown = new Int32(1)): unknown[] => {
  const [from, to, by] = [start, end, step].map((value) => integerArgument(value, '$range'));
  if (from === undefined || to === undefined || !by) throw badValue('$range requires a non-zero step value');
  const length = Math.max(0, Math.ceil((to - from) / by));
  if (length > 1_000_000) throw badValue('$range would make more than a million values');
  return Array.from({ length }, (_, i) => new Int32(from + i * by));
};

export const arrayOperators: OperatorTable = {
  $isArray: single('$isArray', (value) => Array.isArray(value)),
  $size: single('$size', (value) => new Int32(arrayOr(17124, '$size', value).length)),
  $arrayElemAt: pair('$arrayElemAt', elementAt),
  $first: single('$first', (list) => (isNullish(list) ? null : arrayOr(28689, '$first', list)[0])),
  $last: single('$last', (list) => (isNullish(list) ? null : arrayOr(28689, '$last', list).at(-1))),
  $slice: values('$slice', { min: 2, max: 3 }, slice),
  $in: pair('$in', (value, list) => arrayOr(40081, '$in', list).some((item) => equals(item, value))),
  $concatArrays: values('$concatArrays', { min: 0 }, (...lists) =>
    lists.some(isNullish) ? null : lists.flatMap((list) => arrayOr(28664, '$concatArrays', list)),
  ),
  $reverseArray: single('$reverseArray', (list) =>
    isNullish(list) ? null : [...arrayOr(34435, '$reverseArray', list)].reverse(),
  ),
  $range: values('$range', { min: 2, max: 3 }, range),
  $setUnion: values('$setUnion', { min: 0 }, (...lists) =>
    lists.some(isNullish) ? null : unique(lists.flatMap((list) => arrayOr(17043, '$setUnion', list))),
  ),
  $setIntersection: values('$setIntersection', { min: 1 }, (...lists) => {
    if (lists.some(isNullish)) return null;
    const [first = [], ...others] = lists.map((list) => arrayOr(17047, '$setIntersection', list));
    const sets = others.map((list) => new Set(list.map(keyOf)));
    return unique(first).filter((item) => sets.every((set) => set.has(keyOf(item))));
  }),
  $setDifference: pair('$setDifference', (a, b) => {
    if (isNullish(a) || isNullish(b)) return null;
    const without = new Set(arrayOr(17049, '$setDifference', b).map(keyOf));
    return unique(arrayOr(17048, '$setDifference', a)).filter((item) => !without.has(keyOf(item)));
  }),
  $mergeObjects: values('$mergeObjects', { min: 0 }, merged),
  $objectToArray: single('$objectToArray', (doc) => {
    if (isNullish(doc)) return null;
    if (!isDoc(doc)) throw expressionFault(40390, '$objectToArray requires a document input');
    return Object.entries(doc).map(([k, v]) => ({ k, v }));
  }),
  $arrayToObject: single('$arrayToObject', fromPairs),
  $sum: values('$sum', { min: 0 }, flattened(total)),
  $avg: values('$avg', { min: 0 }, flattened(average)),
  $min: values(
    '$min',
    { min: 0 },
    flattened((items) => extreme(items, -1)),
  ),
  $max: values(
    '$max',
    { min: 0 },
    flattened((items) => extreme(items, 1)),
  ),
  $indexOfArray: pair('$indexOfArray', (list, value) =>
    isNullish(list)
      ? null
      : new Int32(arrayOr(40090, '$indexOfArray', list).findIndex((item) => compare(item, value) === 0)),
  ),
};
