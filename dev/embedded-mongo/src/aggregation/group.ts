import { Int32 } from 'bson';
import { type Doc, isDoc, setField } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { badValue, Fault } from '../errors.ts';
import { average, extreme, total } from './accumulate.ts';
import { compileExpression } from './expression.ts';
import type { Evaluate, Scope } from './scope.ts';

type Summary = (items: readonly unknown[]) => unknown;

const merged: Summary = (items) => {
  const out = {};
  for (const item of items)
    if (isDoc(item)) for (const name of Object.keys(item)) setField(out, name, item[name]);
  return out;
};

const ACCUMULATORS: Readonly<Record<string, Summary>> = {
  $sum: total,
  $avg: average,
  $min: (items) => extreme(items, -1),
  $max: (items) => extreme(items, 1),
  $first: (items) => items[0],
  $last: (items) => items.at(-1),
  $push: (items) => items.filter((item) => item !== undefined),
  $addToSet: (items) => [
    ...new Map(items.filter((item) => item !== undefined).map((item) => [keyOf(item), item])).values(),
  ],
  $count: (items) => new Int32(items.length),
  $mergeObjects: merged,
};

interface Accumulator {
  readonly name: string;
  readonly evaluate: Evaluate;
  readonly summarise: Summary;
}

const compileAccumulator = (name: string, spec: unknown, scope: Scope): Accumulator => {
  const [operator, ...more] = isDoc(spec) ? Object.keys(spec) : [];
  if (!isDoc(spec) || operator === undefined || more.length > 0)
    throw new Fault(40234, 'Location40234', `The field '${name}' must be an accumulator object`);
  if (name.includes('.'))
    throw new Fault(40235, 'Location40235', `The field name '${name}' cannot contain '.'`);
  const summarise = Object.hasOwn(ACCUMULATORS, operator) ? ACCUMULATORS[operator] : undefined;
  if (!summarise)
    throw new Fault(
      15952,
      'Location15952',
      `unknown group operator '${operator}' (the embedded server does not implement every one)`,
    );
  if (operator === '$count' && !(isDoc(spec['$count']) && Object.keys(spec['$count']).length === 0))
    throw badValue('$count takes no arguments, i.e. $count: {}');
  return {
    name,
    summarise,
    evaluate: compileExpression(operator === '$count' ? null : spec[operator], scope),
  };
};

/** `$group`: one document per distinct `_id`, in the order of the first document of each group. */
export const compileGroup = (spec: unknown, scope: Scope): ((docs: readonly Doc[]) => Doc[]) => {
  if (!isDoc(spec) || !('_id' in spec))
    throw new Fault(15955, 'Location15955', 'a group specification must include an _id');
  const { _id, ...fields } = spec;
  const idOf = compileExpression(_id, scope);
  const accumulators = Object.entries(fields).map(([name, value]) => compileAccumulator(name, value, scope));

  return (docs) => {
    const groups = new Map<string, { id: unknown; columns: unknown[][] }>();
    for (const doc of docs) {
      const environment = scope.environment(doc);
      const id = idOf(environment) ?? null;
      const key = keyOf(id);
      let group = groups.get(key);
      if (!group) {
        group = { id, columns: accumulators.map(() => []) };
        groups.set(key, group);
      }
      for (const [i, { evaluate }] of accumulators.entries()) group.columns[i]?.push(evaluate(environment));
    }
    return [...groups.values()].map(({ id, columns }) => {
      const out: Doc = { _id: id };
      for (const [i, { name, summarise }] of accumulators.entries())
        setField(out, name, summarise(columns[i] ?? []) ?? null);
      return out;
    });
  };
};
