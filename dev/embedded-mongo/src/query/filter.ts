import { BSONRegExp } from 'bson';
import { compileExpression } from '../aggregation/expression.ts';
import { type Scope, truthy } from '../aggregation/scope.ts';
import { type Doc, getField, isDoc, isOperatorDoc } from '../bson/document.ts';
import { type Hit, type LeafMode, someValueAt, type ValueTest } from '../bson/path.ts';
import { badValue, notImplemented } from '../errors.ts';
import {
  atLeast,
  atMost,
  equalTo,
  greaterThan,
  lessThan,
  moduloIs,
  ofType,
  oneOf,
  sizeIs,
} from './comparison.ts';
import { regexTest } from './regex.ts';

/** Whether a document matches. `hit` receives the array position that matched. */
export type Predicate = (doc: Doc, hit?: Hit) => boolean;

/** A condition on a value at the end of a path, or its negation. */
interface Condition {
  readonly test: ValueTest;
  readonly leaf: LeafMode;
  readonly negated?: boolean;
  /** Receives the position of the element that matched an array condition. */
  readonly position?: (value: unknown) => number | undefined;
}

const each = (test: ValueTest): Condition => ({ test, leaf: 'each' });
const whole = (test: ValueTest): Condition => ({ test, leaf: 'whole' });

const truthyArgument = (value: unknown): boolean =>
  typeof value === 'boolean' ? value : value !== null && Number(value) !== 0;

const regexOf = (pattern: unknown, options: unknown): BSONRegExp => {
  if (options !== undefined && typeof options !== 'string') throw badValue('$options has to be a string');
  if (pattern instanceof BSONRegExp) {
    if (options !== undefined && pattern.options !== '')
      throw badValue('options set in both $regex and $options');
    return new BSONRegExp(pattern.pattern, options ?? pattern.options);
  }
  if (typeof pattern !== 'string') throw badValue('$regex has to be a string');
  return new BSONRegExp(pattern, options ?? '');
};

const elementMatching = (argument: unknown, scope: Scope): Condition => {
  if (!isDoc(argument)) throw badValue('$elemMatch needs an Object');
  const first = Object.keys(argument)[0];
  const byValue = isOperatorDoc(argument) && !['$and', '$or', '$nor', '$where'].includes(first ?? '');
  const matchesDoc = byValue ? undefined : compileFilter(argument, scope);
  const conditions = byValue ? conditionsOf(argument, scope) : [];

  const matches = (item: unknown): boolean => {
    if (!matchesDoc) return conditions.every(({ test, negated }) => test(item) !== (negated === true));
    if (Array.isArray(item)) return matchesDoc({ ...item });
    return isDoc(item) && matchesDoc(item);
  };
  return {
    leaf: 'whole',
    test: (value) => Array.isArray(value) && value.some(matches),
    position: (value) => (Array.isArray(value) ? value.findIndex(matches) : undefined),
  };
};

const allOf = (argument: unknown, scope: Scope): Condition[] => {
  if (!Array.isArray(argument)) throw badValue('$all needs an array');
  if (argument.length === 0) return [whole(() => false)];
  return argument.map((item: unknown) => {
    if (isDoc(item) && '$elemMatch' in item) return elementMatching(item['$elemMatch'], scope);
    if (isOperatorDoc(item)) throw badValue('no $ expressions in $all');
    return each(item instanceof BSONRegExp ? regexTest(item, scope) : equalTo(item));
  });
};

const equality = (argument: unknown): Condition =>
  each(argument instanceof BSONRegExp ? exactRegex(argument) : equalTo(argument));

const exactRegex =
  (regex: BSONRegExp): ValueTest =>
  (value) =>
    value instanceof BSONRegExp && value.pattern === regex.pattern && value.options === regex.options;

const conditionsOf = (operators: Doc, scope: Scope): Condition[] =>
  Object.entries(operators).flatMap(([operator, argument]): Condition[] => {
    switch (operator) {
      case '$eq':
        return [equality(argument)];
      case '$ne':
        if (argument instanceof BSONRegExp) throw badValue("Can't have regex as arg to $ne.");
        return [{ ...each(equalTo(argument)), negated: true }];
      case '$gt':
        return [each(greaterThan(argument))];
      case '$gte':
        return [each(atLeast(argument))];
      case '$lt':
        return [each(lessThan(argument))];
      case '$lte':
        return [each(atMost(argument))];
      case '$in':
        return [each(oneOf('$in', argument, scope))];
      case '$nin':
        return [{ ...each(oneOf('$nin', argument, scope)), negated: true }];
      case '$exists':
        return [{ ...whole((value) => value !== undefined), negated: !truthyArgument(argument) }];
      case '$type':
        return [each(ofType(argument))];
      case '$mod':
        return [each(moduloIs(argument))];
      case '$size':
        return [whole(sizeIs(argument))];
      case '$all':
        return allOf(argument, scope);
      case '$elemMatch':
        return [elementMatching(argument, scope)];
      case '$regex':
        return [each(regexTest(regexOf(argument, getField(operators, '$options')), scope))];
      case '$options':
        if (!('$regex' in operators)) throw badValue('$options needs a $regex');
        return [];
      case '$comment':
        return [];
      case '$not':
        throw notImplemented('$not directly inside $elemMatch');
      default:
        if (KNOWN_ELSEWHERE.has(operator)) throw notImplemented(`the query operator ${operator}`);
        throw badValue(`unknown operator: ${operator}`);
    }
  });

const KNOWN_ELSEWHERE = new Set([
  '$bitsAllSet',
  '$bitsAnySet',
  '$bitsAllClear',
  '$bitsAnyClear',
  '$geoWithin',
  '$geoIntersects',
  '$near',
  '$nearSphere',
  '$within',
  '$maxDistance',
  '$minDistance',
  '$where',
  '$text',
  '$jsonSchema',
  '$sampleRate',
  '$alwaysTrue',
  '$alwaysFalse',
]);

const onPath = (parts: readonly string[], condition: Condition): Predicate => {
  const { test, leaf, negated, position } = condition;
  if (negated) return (doc) => !someValueAt(doc, { parts, leaf, test });
  if (!position) return (doc, hit) => someValueAt(doc, { parts, leaf, test, hit });

  return (doc, hit) => {
    let found: number | undefined;
    const matched = someValueAt(doc, {
      parts,
      leaf,
      test: (value) => {
        const holds = test(value);
        if (holds) found = position(value);
        return holds;
      },
      hit,
    });
    if (matched && hit && found !== undefined) hit.index = found;
    return matched;
  };
};

const compileOperators = (parts: readonly string[], operators: Doc, scope: Scope): Predicate => {
  const { $not, ...rest } = operators;
  const predicates = conditionsOf(rest, scope).map((condition) => onPath(parts, condition));
  if ('$not' in operators) {
    const inner = compileNegated(parts, $not, scope);
    predicates.push((doc) => !inner(doc));
  }
  return all(predicates);
};

const compileNegated = (parts: readonly string[], argument: unknown, scope: Scope): Predicate => {
  if (argument instanceof BSONRegExp) return onPath(parts, each(regexTest(argument, scope)));
  if (!isOperatorDoc(argument)) throw badValue('$not needs a regex or a document');
  return compileOperators(parts, argument, scope);
};

const compileField = (path: string, argument: unknown, scope: Scope): Predicate => {
  const parts = path.split('.');
  if (argument instanceof BSONRegExp) return onPath(parts, each(regexTest(argument, scope)));
  if (!isOperatorDoc(argument)) return onPath(parts, each(equalTo(argument)));
  return compileOperators(parts, argument, scope);
};

const all = (predicates: readonly Predicate[]): Predicate => {
  const [only] = predicates;
  if (only && predicates.length === 1) return only;
  return (doc, hit) => predicates.every((predicate) => predicate(doc, hit));
};

const clauses = (operator: string, list: unknown, scope: Scope): Predicate[] => {
  if (!Array.isArray(list) || list.length === 0) throw badValue(`${operator} must be a nonempty array`);
  return list.map((clause: unknown) => {
    if (!isDoc(clause)) throw badValue(`${operator} entries need to be full objects`);
    return compileFilter(clause, scope);
  });
};

const compileTopLevel = (operator: string, argument: unknown, scope: Scope): Predicate | null => {
  switch (operator) {
    case '$and':
      return all(clauses(operator, argument, scope));
    case '$or': {
      const some = clauses(operator, argument, scope);
      return (doc, hit) => some.some((predicate) => predicate(doc, hit));
    }
    case '$nor': {
      const none = clauses(operator, argument, scope);
      return (doc) => !none.some((predicate) => predicate(doc));
    }
    case '$expr': {
      const evaluate = compileExpression(argument, scope);
      return (doc) => truthy(evaluate(scope.environment(doc)));
    }
    case '$comment':
      return null;
    default:
      if (KNOWN_ELSEWHERE.has(operator)) throw notImplemented(`the query operator ${operator}`);
      throw badValue(
        `unknown top level operator: ${operator}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
};

/** Compiles a filter. An unknown operator is an error, never a match. */
export const compileFilter = (filter: Doc, scope: Scope): Predicate => {
  const predicates: Predicate[] = [];
  for (const [name, argument] of Object.entries(filter)) {
    const predicate = name.startsWith('$')
      ? compileTopLevel(name, argument, scope)
      : compileField(name, argument, scope);
    if (predicate) predicates.push(predicate);
  }
  return all(predicates);
};
