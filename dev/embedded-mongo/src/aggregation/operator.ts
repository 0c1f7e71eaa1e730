import { Fault } from '../errors.ts';
import type { Evaluate } from './scope.ts';

/** Compiles a sub-expression. `bound` lists variables that it may use in addition to those of the command. */
export type Compile = (spec: unknown, bound?: readonly string[]) => Evaluate;

/** Compiles the argument of an operator. */
export type OperatorCompiler = (argument: unknown, compile: Compile) => Evaluate;

export type OperatorTable = Readonly<Record<string, OperatorCompiler>>;

/** An operator over a list of values. The list is an array, or a single value without an array if the operator takes one. */
export const values =
  (
    name: string,
    { min, max = Number.POSITIVE_INFINITY }: { min: number; max?: number },
    evaluate: (...args: unknown[]) => unknown,
  ): OperatorCompiler =>
  (argument, compile) => {
    const parts = (Array.isArray(argument) ? argument : [argument]).map((part: unknown) => compile(part));
    if (parts.length < min || parts.length > max)
      throw new Fault(
        16020,
        'Location16020',
        `Expression ${name} takes ${min === max ? `exactly ${min}` : `at least ${min}`} arguments. ${parts.length} were passed in.`,
      );
    return (environment) => evaluate(...parts.map((part) => part(environment)));
  };

/** An operator over two values. */
export const pair = (name: string, evaluate: (a: unknown, b: unknown) => unknown): OperatorCompiler =>
  values(name, { min: 2, max: 2 }, (a, b) => evaluate(a, b));

export const single = (name: string, evaluate: (value: unknown) => unknown): OperatorCompiler =>
  values(name, { min: 1, max: 1 }, (value) => evaluate(value));

export const isNullish = (value: unknown): value is null | undefined => value === null || value === undefined;

/** A fault of an expression with the error code of a MongoDB server. */
export const expressionFault = (code: number, message: string): Fault =>
  new Fault(code, `Location${code}`, message);
