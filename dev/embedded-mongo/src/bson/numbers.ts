import { Double, Int32, Long } from 'bson';
import { badValue, typeMismatch } from '../errors.ts';
import { numberOf } from './compare.ts';
import { isNumeric, typeOf } from './types.ts';

const MAX_LONG = 2n ** 63n - 1n;
const MIN_LONG = -(2n ** 63n);

/** Wraps an exact integer in the narrowest type that is not below `atLeast`; null if it exceeds 64 bits. */
export const wrapInteger = (value: bigint, atLeast: 'int' | 'long' = 'int'): Int32 | Long | null => {
  if (value < MIN_LONG || value > MAX_LONG) return null;
  const fitsInt = value >= -0x80000000n && value <= 0x7fffffffn;
  return fitsInt && atLeast === 'int' ? new Int32(Number(value)) : Long.fromBigInt(value);
};

const toBig = (value: number | bigint): bigint => (typeof value === 'bigint' ? value : BigInt(value));

type Operation = {
  readonly name: string;
  readonly integers: (a: bigint, b: bigint) => bigint;
  readonly doubles: (a: number, b: number) => number;
};

const ADD: Operation = { name: 'adding', integers: (a, b) => a + b, doubles: (a, b) => a + b };
const SUBTRACT: Operation = { name: 'subtracting', integers: (a, b) => a - b, doubles: (a, b) => a - b };
const MULTIPLY: Operation = { name: 'multiplying', integers: (a, b) => a * b, doubles: (a, b) => a * b };

/** As on a server: int with int overflows to long, and any number with a double gives a double. */
const calculate = (operation: Operation, a: unknown, b: unknown): Double | Int32 | Long => {
  const left = typeOf(a);
  const right = typeOf(b);
  const x = numberOf(a);
  const y = numberOf(b);
  if (left === 'double' || right === 'double') return new Double(operation.doubles(Number(x), Number(y)));

  const wide = left === 'long' || right === 'long' ? 'long' : 'int';
  const result = wrapInteger(operation.integers(toBig(x), toBig(y)), wide);
  if (!result) throw badValue(`${operation.name} overflows a 64-bit integer`);
  return result;
};

export const add = (a: unknown, b: unknown): Double | Int32 | Long => calculate(ADD, a, b);
export const subtract = (a: unknown, b: unknown): Double | Int32 | Long => calculate(SUBTRACT, a, b);
export const multiply = (a: unknown, b: unknown): Double | Int32 | Long => calculate(MULTIPLY, a, b);

/** Reads an argument of a command that must be a whole number (limit, skip, batchSize, ...). */
export const integerArgument = (value: unknown, name: string): number => {
  if (!isNumeric(typeOf(value))) throw typeMismatch(`${name} must be a number`);
  const number = Number(numberOf(value));
  if (!Number.isInteger(number)) throw failedInteger(name);
  return number;
};

const failedInteger = (name: string) => badValue(`${name} must be a whole number`);
