import { Double, Int32 } from 'bson';
import { compare, numberOf } from '../bson/compare.ts';
import { add, multiply, subtract, wrapInteger } from '../bson/numbers.ts';
import { isNumeric, typeOf } from '../bson/types.ts';
import { badValue, typeMismatch } from '../errors.ts';
import { expressionFault, isNullish, type OperatorTable, pair, single, values } from './operator.ts';
import { truthy } from './scope.ts';

const requireNumber = (value: unknown, operator: string): void => {
  if (!isNumeric(typeOf(value)))
    throw typeMismatch(`${operator} only supports numeric types, not ${typeOf(value)}`);
};

const plus = (a: unknown, b: unknown): unknown => {
  if (a instanceof Date && b instanceof Date) throw badValue('only one date allowed in an $add expression');
  if (a instanceof Date) return dateAfter(a, b);
  if (b instanceof Date) return dateAfter(b, a);
  requireNumber(a, '$add');
  requireNumber(b, '$add');
  return add(a, b);
};

const dateAfter = (date: Date, ms: unknown): Date => {
  requireNumber(ms, '$add');
  return new Date(date.getTime() + Math.round(Number(numberOf(ms))));
};

const minus = (a: unknown, b: unknown): unknown => {
  if (isNullish(a) || isNullish(b)) return null;
  if (a instanceof Date && b instanceof Date) return wrapInteger(BigInt(a.getTime() - b.getTime()), 'long');
  if (a instanceof Date) return dateAfter(a, new Double(-Number(numberOf(b))));
  requireNumber(a, '$subtract');
  requireNumber(b, '$subtract');
  return subtract(a, b);
};

const divide = (a: unknown, b: unknown): unknown => {
  if (isNullish(a) || isNullish(b)) return null;
  requireNumber(a, '$divide');
  requireNumber(b, '$divide');
  const divisor = Number(numberOf(b));
  if (divisor === 0) throw badValue("can't $divide by zero");
  return new Double(Number(numberOf(a)) / divisor);
};

const modulo = (a: unknown, b: unknown): unknown => {
  if (isNullish(a) || isNullish(b)) return null;
  requireNumber(a, '$mod');
  requireNumber(b, '$mod');
  const x = numberOf(a);
  const y = numberOf(b);
  if (Number(y) === 0) throw expressionFault(16610, "can't $mod by zero");
  if (typeOf(a) === 'double' || typeOf(b) === 'double') return new Double(Number(x) % Number(y));
  const wide = typeOf(a) === 'long' || typeOf(b) === 'long' ? 'long' : 'int';
  return wrapInteger(BigInt(x) % BigInt(y), wide);
};

/** Rounds doubles and does not change integers. */
const rounding = (operator: string, round: (value: number) => number) =>
  single(operator, (value) => {
    if (isNullish(value)) return null;
    requireNumber(value, operator);
    return typeOf(value) === 'double' ? new Double(round(Number(numberOf(value)))) : value;
  });

const absolute = (value: unknown): unknown => {
  if (isNullish(value)) return null;
  requireNumber(value, '$abs');
  if (typeOf(value) === 'double') return new Double(Math.abs(Number(numberOf(value))));
  return Number(numberOf(value)) < 0 ? subtract(new Int32(0), value) : value;
};

const fold = (operator: string, start: Int32, step: (a: unknown, b: unknown) => unknown) =>
  values(operator, { min: 0 }, (...items) =>
    items.some(isNullish) ? null : items.reduce((total, item) => step(total, item), start),
  );

const comparison = (operator: string, holds: (difference: number) => boolean) =>
  pair(operator, (a, b) => holds(compare(a, b)));

export const numberOperators: OperatorTable = {
  $add: fold('$add', new Int32(0), plus),
  $subtract: pair('$subtract', minus),
  $multiply: fold('$multiply', new Int32(1), (a, b) => {
    requireNumber(b, '$multiply');
    return multiply(a, b);
  }),
  $divide: pair('$divide', divide),
  $mod: pair('$mod', modulo),
  $abs: single('$abs', absolute),
  $ceil: rounding('$ceil', Math.ceil),
  $floor: rounding('$floor', Math.floor),

  $eq: comparison('$eq', (d) => d === 0),
  $ne: comparison('$ne', (d) => d !== 0),
  $gt: comparison('$gt', (d) => d > 0),
  $gte: comparison('$gte', (d) => d >= 0),
  $lt: comparison('$lt', (d) => d < 0),
  $lte: comparison('$lte', (d) => d <= 0),
  $cmp: pair('$cmp', (a, b) => new Int32(Math.sign(compare(a, b)))),

  $not: single('$not', (value) => !truthy(value)),
};
