import { BSONRegExp } from 'bson';
import { cloneValue, type Doc, isDoc, isOperatorDoc } from '../bson/document.ts';
import { Fault, notImplemented } from '../errors.ts';
import { locate } from './location.ts';

type Equality = readonly [path: string, value: unknown];

const ofOperators = (path: string, operators: Doc): Equality[] => {
  if ('$eq' in operators) return [[path, operators['$eq']]];
  const all: unknown = operators['$all'];
  // Several values are several equalities of one path, which is an error below.
  if (Array.isArray(all))
    return all
      .filter((item) => !isOperatorDoc(item) && !(item instanceof BSONRegExp))
      .map((item) => [path, item]);
  const list = operators['$in'];
  if (Array.isArray(list) && list.length === 1)
    throw notImplemented('an upsert whose filter asks for $in with one value');
  return [];
};

const equalitiesOf = (filter: Doc): Equality[] =>
  Object.entries(filter).flatMap(([name, argument]): Equality[] => {
    const clauses: unknown[] = Array.isArray(argument) ? argument : [];
    if (name === '$and' || (name === '$or' && clauses.length === 1))
      return clauses.filter(isDoc).flatMap(equalitiesOf);
    if (name.startsWith('$') || argument instanceof BSONRegExp) return [];
    return isOperatorDoc(argument) ? ofOperators(name, argument) : [[name, argument]];
  });

/** The equalities in the filter of an upsert. They are fields of the new document. */
export const seedOf = (filter: Doc, { idOnly }: { idOnly: boolean }): Doc => {
  const seed: Doc = {};
  const seen: string[] = [];
  for (const [path, value] of equalitiesOf(filter)) {
    if (value instanceof BSONRegExp || (idOnly && path !== '_id')) continue;
    const clash = seen.some(
      (other) => other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`),
    );
    if (clash)
      throw new Fault(
        54,
        'NotSingleValueField',
        `cannot infer query fields to set, path '${path}' is matched twice`,
      );
    seen.push(path);
    locate(seed, path.split('.'), { create: true })?.set(cloneValue(value));
  }
  return seed;
};
