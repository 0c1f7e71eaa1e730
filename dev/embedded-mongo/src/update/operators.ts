import { Int32, Long, Timestamp } from 'bson';
import type { Scope } from '../aggregation/scope.ts';
import { compare, numberOf } from '../bson/compare.ts';
import { cloneValue, isDoc } from '../bson/document.ts';
import { add, multiply, wrapInteger } from '../bson/numbers.ts';
import { isNumeric, typeOf } from '../bson/types.ts';
import { badValue, failedToParse, notImplemented, typeMismatch } from '../errors.ts';
import { compileAddToSet, compilePop, compilePull, compilePullAll, compilePush } from './array-operators.ts';
import type { Location } from './location.ts';

/** The effect of one operator at one path. */
export interface Operation {
  /** Whether missing parents are created. Otherwise a path that does not exist is ignored. */
  readonly create: boolean;
  readonly apply: (location: Location) => void;
}

interface Input {
  readonly path: string;
  readonly argument: unknown;
  readonly scope: Scope;
}

type OperationCompiler = (input: Input) => Operation;

const creating = (apply: Operation['apply']): Operation => ({ create: true, apply });
const existing = (apply: Operation['apply']): Operation => ({ create: false, apply });

const arithmetic =
  (operator: '$inc' | '$mul', combine: (a: unknown, b: unknown) => unknown): OperationCompiler =>
  ({ path, argument }) => {
    if (!isNumeric(typeOf(argument)))
      throw typeMismatch(
        `Cannot ${operator === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: {${path}}`,
      );
    numberOf(argument);
    return creating(({ value, set }) => {
      if (value === undefined) {
        set(operator === '$inc' ? argument : multiply(argument, new Int32(0)));
        return;
      }
      if (!isNumeric(typeOf(value)))
        throw typeMismatch(
          `Cannot apply ${operator} to a value of non-numeric type. The field '${path}' is of non-numeric type ${typeOf(value)}`,
        );
      set(combine(value, argument));
    });
  };

const bounded =
  (direction: 1 | -1): OperationCompiler =>
  ({ argument }) =>
    creating(({ value, set }) => {
      if (value === undefined || compare(argument, value) * direction > 0) set(argument);
    });

const currentDate: OperationCompiler = ({ argument, scope }) => {
  const wanted = isDoc(argument)
    ? argument['$type']
    : argument === true || argument === false
      ? 'date'
      : undefined;
  if (wanted !== 'date' && wanted !== 'timestamp')
    throw badValue("The '$type' string field is required to be 'date' or 'timestamp'");
  const now = scope.vars.get('NOW');
  const date = now instanceof Date ? now : new Date();
  return creating(({ set }) =>
    set(wanted === 'date' ? date : new Timestamp({ t: Math.floor(date.getTime() / 1000), i: 1 })),
  );
};

const BITWISE: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

const bit: OperationCompiler = ({ path, argument }) => {
  const entries = isDoc(argument) ? Object.entries(argument) : [];
  if (entries.length === 0) throw badValue('The $bit modifier needs {and|or|xor: <integer>}');
  const steps = entries.map(([name, operand]) => {
    const combine = Object.hasOwn(BITWISE, name) ? BITWISE[name] : undefined;
    if (!combine || !(operand instanceof Int32 || operand instanceof Long))
      throw badValue('The $bit modifier needs {and|or|xor: <integer>}');
    return { combine, operand };
  });
  return creating(({ value = new Int32(0), set }) => {
    let result: unknown = value;
    for (const { combine, operand } of steps) {
      if (!(result instanceof Int32 || result instanceof Long))
        throw badValue(`Cannot apply $bit to a value of non-integral type at '${path}'`);
      const wide = result instanceof Long || operand instanceof Long ? 'long' : 'int';
      result = wrapInteger(combine(BigInt(numberOf(result)), BigInt(numberOf(operand))), wide);
    }
    set(result);
  });
};

const OPERATORS: Readonly<Record<string, OperationCompiler>> = {
  // The value may be part of several documents afterwards, and nested updates change documents in place.
  $set: ({ argument }) => creating(({ set }) => set(cloneValue(argument))),
  $setOnInsert: ({ argument }) => creating(({ set }) => set(cloneValue(argument))),
  $unset: () => existing(({ value, unset }) => value !== undefined && unset()),
  $inc: arithmetic('$inc', add),
  $mul: arithmetic('$mul', multiply),
  $min: bounded(-1),
  $max: bounded(1),
  $currentDate: currentDate,
  $bit: bit,
  $push: ({ path, argument }) => creating(compilePush(path, cloneValue(argument))),
  $addToSet: ({ path, argument }) => creating(compileAddToSet(path, cloneValue(argument))),
  $pull: ({ argument, scope }) => existing(compilePull(argument, scope)),
  $pullAll: ({ argument }) => existing(compilePullAll(argument)),
  $pop: ({ path, argument }) => existing(compilePop(path, argument)),
};

export const isUpdateOperator = (name: string): boolean =>
  name === '$rename' || Object.hasOwn(OPERATORS, name);

export const compileOperation = (operator: string, input: Input): Operation => {
  const compiler = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (!compiler) {
    if (operator === '$pushAll') throw notImplemented('$pushAll');
    throw failedToParse(
      `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
    );
  }
  return compiler(input);
};
