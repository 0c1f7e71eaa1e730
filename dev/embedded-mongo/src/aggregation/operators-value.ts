import { Double, Int32, Long, ObjectId } from 'bson';
import { numberOf } from '../bson/compare.ts';
import { isDoc } from '../bson/document.ts';
import { wrapInteger } from '../bson/numbers.ts';
import { isNumeric, typeOf } from '../bson/types.ts';
import { badValue, Fault, notImplemented } from '../errors.ts';
import { expressionFault, isNullish, type OperatorTable, pair, single, values } from './operator.ts';
import { truthy } from './scope.ts';

const conversionFailed = (to: string, value: unknown): Fault =>
  new Fault(241, 'ConversionFailure', `Failed to convert a ${typeOf(value)} to ${to} in $convert`);

const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || value instanceof Int32 || value instanceof Long) return String(value);
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Double && Number.isInteger(value.value)) return String(value.value);
  if (value instanceof Double) throw notImplemented('$toString of a fractional double');
  throw conversionFailed('string', value);
};

const stringOf = (value: unknown): string => {
  if (isNullish(value)) return '';
  if (typeof value === 'string') return value;
  throw expressionFault(16007, `can't convert from BSON type ${typeOf(value)} to String`);
};

const toWhole = (value: unknown, to: 'int' | 'long'): unknown => {
  if (isNullish(value)) return null;
  if (typeof value === 'boolean') return wrapInteger(value ? 1n : 0n, to);
  if (to === 'long' && value instanceof Date) return Long.fromNumber(value.getTime());
  const number =
    typeof value === 'string' && /^[+-]?\d+$/.test(value)
      ? BigInt(value)
      : isNumeric(typeOf(value))
        ? numberOf(value)
        : undefined;
  if (number === undefined || (typeof number === 'number' && !Number.isFinite(number)))
    throw conversionFailed(to, value);
  const whole = wrapInteger(BigInt(typeof number === 'number' ? Math.trunc(number) : number), to);
  if (!whole || (to === 'int' && whole instanceof Long)) throw conversionFailed(to, value);
  return whole;
};

const toDouble = (value: unknown): unknown => {
  if (isNullish(value)) return null;
  if (typeof value === 'boolean') return new Double(value ? 1 : 0);
  if (value instanceof Date) return new Double(value.getTime());
  if (isNumeric(typeOf(value))) return new Double(Number(numberOf(value)));
  if (typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value))
    return new Double(Number(value));
  throw conversionFailed('double', value);
};

const toDate = (value: unknown): unknown => {
  if (isNullish(value)) return null;
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Long || value instanceof Double) return new Date(Number(numberOf(value)));
  const iso = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(value);
  if (iso) return new Date(value);
  if (typeof value === 'string') throw notImplemented('$toDate of anything but a full ISO date in UTC');
  throw conversionFailed('date', value);
};

const toObjectId = (value: unknown): unknown => {
  if (isNullish(value)) return null;
  if (value instanceof ObjectId) return value;
  if (typeof value === 'string' && /^[0-9a-f]{24}$/i.test(value)) return new ObjectId(value);
  throw conversionFailed('objectId', value);
};

/** Changes ASCII letters only, as a server does. */
const changeCase = (operator: string, change: (letter: string) => string, letters: RegExp) =>
  single(operator, (value) => stringOf(value).replace(letters, change));

const datePart = (operator: string, read: (date: Date) => number) =>
  single(operator, (value) => {
    if (isNullish(value)) return null;
    if (isDoc(value)) throw notImplemented(`${operator} with a timezone`);
    const date = value instanceof ObjectId ? value.getTimestamp() : value;
    if (!(date instanceof Date)) throw expressionFault(16006, `can't convert ${typeOf(value)} to Date`);
    return new Int32(read(date));
  });

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const DATE_PARTS: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => pad(date.getUTCFullYear(), 4),
  m: (date) => pad(date.getUTCMonth() + 1, 2),
  d: (date) => pad(date.getUTCDate(), 2),
  H: (date) => pad(date.getUTCHours(), 2),
  M: (date) => pad(date.getUTCMinutes(), 2),
  S: (date) => pad(date.getUTCSeconds(), 2),
  L: (date) => pad(date.getUTCMilliseconds(), 3),
  '%': () => '%',
};

const formatDate = (date: Date, format: string): string =>
  format.replace(/%(.)/g, (_, part: string) => {
    const write = DATE_PARTS[part];
    if (!write) throw notImplemented(`%${part} in $dateToString`);
    return write(date);
  });

export const valueOperators: OperatorTable = {
  $type: single('$type', (value) => typeOf(value)),
  $isNumber: single('$isNumber', (value) => isNumeric(typeOf(value))),
  $toString: single('$toString', (value) => (isNullish(value) ? null : text(value))),
  $toInt: single('$toInt', (value) => toWhole(value, 'int')),
  $toLong: single('$toLong', (value) => toWhole(value, 'long')),
  $toDouble: single('$toDouble', toDouble),
  $toDate: single('$toDate', toDate),
  $toObjectId: single('$toObjectId', toObjectId),
  $toBool: single('$toBool', (value) => (isNullish(value) ? null : truthy(value))),

  $concat: values('$concat', { min: 0 }, (...parts) => {
    if (parts.some(isNullish)) return null;
    return parts
      .map((part) => {
        if (typeof part !== 'string')
          throw expressionFault(16702, `$concat only supports strings, not ${typeOf(part)}`);
        return part;
      })
      .join('');
  }),
  $toLower: changeCase('$toLower', (letter) => letter.toLowerCase(), /[A-Z]/g),
  $toUpper: changeCase('$toUpper', (letter) => letter.toUpperCase(), /[a-z]/g),
  $strLenCP: single('$strLenCP', (value) => {
    if (typeof value !== 'string') throw expressionFault(34471, '$strLenCP requires a string argument');
    return new Int32([...value].length);
  }),
  $substrCP: values('$substrCP', { min: 3, max: 3 }, (value, start, count) => {
    const from = Number(start);
    const length = Number(count);
    if (!(from >= 0 && length >= 0)) throw badValue('$substrCP requires non-negative numbers');
    return [...stringOf(value)].slice(from, from + length).join('');
  }),
  $split: pair('$split', (value, separator) => {
    if (isNullish(value) || isNullish(separator)) return null;
    if (typeof value !== 'string' || typeof separator !== 'string' || separator === '')
      throw expressionFault(40085, '$split requires two strings, the second not empty');
    return value.split(separator);
  }),

  $dateToString: (argument, compile) => {
    if (!isDoc(argument)) throw badValue('$dateToString only supports an object as its argument');
    const { date, format, ...rest } = argument;
    for (const name of Object.keys(rest)) throw notImplemented(`$dateToString with ${name}`);
    if (format !== undefined && typeof format !== 'string')
      throw notImplemented('a computed $dateToString format');
    const read = compile(date);
    return (environment) => {
      const value = read(environment);
      if (isNullish(value)) return null;
      if (!(value instanceof Date)) throw expressionFault(16006, `can't convert ${typeOf(value)} to Date`);
      return formatDate(value, format ?? '%Y-%m-%dT%H:%M:%S.%LZ');
    };
  },
  $year: datePart('$year', (date) => date.getUTCFullYear()),
  $month: datePart('$month', (date) => date.getUTCMonth() + 1),
  $dayOfMonth: datePart('$dayOfMonth', (date) => date.getUTCDate()),
  $hour: datePart('$hour', (date) => date.getUTCHours()),
  $minute: datePart('$minute', (date) => date.getUTCMinutes()),
  $second: datePart('$second', (date) => date.getUTCSeconds()),
};
