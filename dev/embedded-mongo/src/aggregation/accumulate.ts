import { Double, type Int32, type Long } from 'bson';
import { compare, numberOf } from '../bson/compare.ts';
import { wrapInteger } from '../bson/numbers.ts';
import { isNumeric, typeOf } from '../bson/types.ts';

/** `$sum`: a value that is not a number is ignored. Integers stay exact and become long and then double when they grow. */
export const total = (items: Iterable<unknown>): Double | Int32 | Long => {
  let integers = 0n;
  let doubles = 0;
  let widest: 'int' | 'long' | 'double' = 'int';
  for (const item of items) {
    const type = typeOf(item);
    if (!isNumeric(type)) continue;
    const value = numberOf(item);
    if (type === 'double') {
      widest = 'double';
      doubles += Number(value);
    } else {
      if (type === 'long' && widest === 'int') widest = 'long';
      integers += BigInt(value);
    }
  }
  if (widest === 'double') return new Double(doubles + Number(integers));
  return wrapInteger(integers, widest) ?? new Double(Number(integers));
};

export const average = (items: Iterable<unknown>): Double | null => {
  const numbers = [...items].filter((item) => isNumeric(typeOf(item)));
  return numbers.length === 0 ? null : new Double(Number(numberOf(total(numbers))) / numbers.length);
};

/** `$min` (-1) and `$max` (1) over all values that are neither null nor missing. */
export const extreme = (items: Iterable<unknown>, direction: 1 | -1): unknown => {
  let best: unknown = null;
  for (const item of items) {
    if (item === null || item === undefined) continue;
    if (best === null || compare(item, best) * direction > 0) best = item;
  }
  return best;
};
