import { isDoc, setField } from '../bson/document.ts';
import { mappedValueAt } from '../bson/path.ts';
import { Fault, notImplemented } from '../errors.ts';
import type { Compile, OperatorTable } from './operator.ts';
import { expressionFault } from './operator.ts';
import { arrayOperators } from './operators-array.ts';
import { controlOperators } from './operators-control.ts';
import { numberOperators } from './operators-number.ts';
import { valueOperators } from './operators-value.ts';
import type { Evaluate, Scope } from './scope.ts';

const OPERATORS: OperatorTable = {
  ...numberOperators,
  ...controlOperators,
  ...arrayOperators,
  ...valueOperators,
};

const requirePath = (path: string): string[] => {
  const parts = path.split('.');
  if (parts.some((part) => part === '' || part.startsWith('$')))
    throw expressionFault(16410, `FieldPath '${path}' is not valid`);
  return parts;
};

const fieldPath = (path: string): Evaluate => {
  const parts = requirePath(path);
  return ({ root }) => mappedValueAt(root, parts);
};

const variable = (reference: string, known: (name: string) => boolean): Evaluate => {
  const [name = '', ...rest] = reference.split('.');
  const parts = rest.length > 0 ? requirePath(rest.join('.')) : [];
  if (name === 'ROOT' || name === 'CURRENT') return ({ root }) => mappedValueAt(root, parts);
  if (name === 'REMOVE') return () => undefined;
  if (!known(name)) {
    if (/^[A-Z_]+$/.test(name)) throw notImplemented(`the variable $$${name}`);
    throw expressionFault(17276, `Use of undefined variable: ${name}`);
  }
  return ({ vars }) => mappedValueAt(vars.get(name), parts);
};

/** Compiles an aggregation expression. An unknown operator is an error at this time. */
export const compileExpression = (spec: unknown, scope: Scope): Evaluate =>
  compileWith(spec, scope, new Set());

const compileWith = (spec: unknown, scope: Scope, bound: ReadonlySet<string>): Evaluate => {
  const compile: Compile = (part, more = []) => compileWith(part, scope, new Set([...bound, ...more]));

  if (typeof spec === 'string') {
    if (spec.startsWith('$$'))
      return variable(spec.slice(2), (name) => bound.has(name) || scope.vars.has(name));
    return spec.startsWith('$') ? fieldPath(spec.slice(1)) : () => spec;
  }
  if (Array.isArray(spec)) {
    const items = spec.map((item: unknown) => compile(item));
    return (environment) => items.map((item) => item(environment) ?? null);
  }
  if (!isDoc(spec)) return () => spec;

  const names = Object.keys(spec);
  const operator = names.find((name) => name.startsWith('$'));
  if (operator === undefined) return compileObject(spec, compile);
  if (names.length > 1)
    throw expressionFault(15983, 'an expression specification must contain exactly one field');
  if (!Object.hasOwn(OPERATORS, operator))
    throw new Fault(
      168,
      'InvalidPipelineOperator',
      `Unrecognized expression '${operator}' (the embedded server does not implement every one)`,
    );
  const compiler = OPERATORS[operator];
  if (!compiler) throw notImplemented(operator);
  return compiler(spec[operator], compile);
};

const compileObject = (spec: Record<string, unknown>, compile: Compile): Evaluate => {
  const fields = Object.entries(spec).map(([name, value]) => [name, compile(value)] as const);
  return (environment) => {
    const out = {};
    for (const [name, evaluate] of fields) {
      const value = evaluate(environment);
      if (value !== undefined) setField(out, name, value);
    }
    return out;
  };
};
