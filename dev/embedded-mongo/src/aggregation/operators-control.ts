import { isDoc } from '../bson/document.ts';
import { badValue } from '../errors.ts';
import { expressionFault, isNullish, type OperatorTable } from './operator.ts';
import { type Environment, truthy } from './scope.ts';

const withVars = (environment: Environment, more: Iterable<readonly [string, unknown]>): Environment => ({
  root: environment.root,
  vars: new Map([...environment.vars, ...more]),
});

const requireFields = (operator: string, argument: unknown, known: readonly string[]) => {
  if (!isDoc(argument)) throw badValue(`${operator} requires an object as an argument`);
  for (const name of Object.keys(argument))
    if (!known.includes(name)) throw badValue(`Unrecognized parameter to ${operator}: ${name}`);
  return argument;
};

const asArray = (operator: string, value: unknown): unknown[] => {
  if (!Array.isArray(value)) throw badValue(`input to ${operator} must be an array`);
  return value;
};

/** Operators that choose between expressions, bind variables, or evaluate an expression per array element. */
export const controlOperators: OperatorTable = {
  $literal: (argument) => () => argument,

  // Evaluation stops at the first decisive operand, so a later one cannot fail the query (`$ne 0` before a division).
  $and: (argument, compile) => {
    const parts = (Array.isArray(argument) ? argument : [argument]).map((part: unknown) => compile(part));
    return (environment) => parts.every((part) => truthy(part(environment)));
  },
  $or: (argument, compile) => {
    const parts = (Array.isArray(argument) ? argument : [argument]).map((part: unknown) => compile(part));
    return (environment) => parts.some((part) => truthy(part(environment)));
  },

  $cond: (argument, compile) => {
    const parts = Array.isArray(argument)
      ? argument
      : (({ if: when, then, else: otherwise }) => [when, then, otherwise])(
          requireFields('$cond', argument, ['if', 'then', 'else']),
        );
    if (parts.length !== 3 || parts.some((part) => part === undefined))
      throw expressionFault(16020, 'Expression $cond takes exactly 3 arguments.');
    const [when, then, otherwise] = parts.map((part: unknown) => compile(part));
    return (environment) => (truthy(when?.(environment)) ? then : otherwise)?.(environment);
  },

  $ifNull: (argument, compile) => {
    if (!Array.isArray(argument) || argument.length < 2)
      throw expressionFault(1257300, '$ifNull needs at least two arguments');
    const parts = argument.map((part: unknown) => compile(part));
    return (environment) => {
      let value: unknown;
      for (const part of parts) {
        value = part(environment);
        if (!isNullish(value)) return value;
      }
      return value;
    };
  },

  $switch: (argument, compile) => {
    const spec = requireFields('$switch', argument, ['branches', 'default']);
    const branches = asArray('$switch', spec['branches']).map((branch) => {
      const parsed = requireFields('$switch', branch, ['case', 'then']);
      return { when: compile(parsed['case']), result: compile(parsed['then']) };
    });
    const otherwise = 'default' in spec ? compile(spec['default']) : undefined;
    return (environment) => {
      const taken = branches.find(({ when }) => truthy(when(environment)));
      if (taken) return taken.result(environment);
      if (!otherwise) throw expressionFault(40066, '$switch could not find a matching branch');
      return otherwise(environment);
    };
  },

  $let: (argument, compile) => {
    const spec = requireFields('$let', argument, ['vars', 'in']);
    if (!isDoc(spec['vars'])) throw badValue('invalid parameter: expected an object (vars)');
    const names = Object.keys(spec['vars']);
    const bound = Object.values(spec['vars']).map((value) => compile(value));
    const body = compile(spec['in'], names);
    return (environment) =>
      body(
        withVars(
          environment,
          names.map((name, i) => [name, bound[i]?.(environment)] as const),
        ),
      );
  },

  $filter: (argument, compile) => {
    const spec = requireFields('$filter', argument, ['input', 'as', 'cond']);
    const name = typeof spec['as'] === 'string' ? spec['as'] : 'this';
    const input = compile(spec['input']);
    const keep = compile(spec['cond'], [name]);
    return (environment) => {
      const list = input(environment);
      if (isNullish(list)) return null;
      return asArray('$filter', list).filter((item) => truthy(keep(withVars(environment, [[name, item]]))));
    };
  },

  $map: (argument, compile) => {
    const spec = requireFields('$map', argument, ['input', 'as', 'in']);
    const name = typeof spec['as'] === 'string' ? spec['as'] : 'this';
    const input = compile(spec['input']);
    const body = compile(spec['in'], [name]);
    return (environment) => {
      const list = input(environment);
      if (isNullish(list)) return null;
      return asArray('$map', list).map((item) => body(withVars(environment, [[name, item]])) ?? null);
    };
  },

  $reduce: (argument, compile) => {
    const spec = requireFields('$reduce', argument, ['input', 'initialValue', 'in']);
    const input = compile(spec['input']);
    const initial = compile(spec['initialValue']);
    const body = compile(spec['in'], ['this', 'value']);
    return (environment) => {
      const list = input(environment);
      if (isNullish(list)) return null;
      return asArray('$reduce', list).reduce(
        (value, item) =>
          body(
            withVars(environment, [
              ['this', item],
              ['value', value],
            ]),
          ),
        initial(environment),
      );
    };
  },
};
