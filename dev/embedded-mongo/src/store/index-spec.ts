import { BSONRegExp } from 'bson';
import { type Doc, isDoc, isOperatorDoc } from '../bson/document.ts';
import { integerArgument } from '../bson/numbers.ts';
import { isNumeric, typeOf } from '../bson/types.ts';
import { badValue, Fault, notImplemented } from '../errors.ts';

/** An index in the form of `listIndexes`. */
export interface IndexSpec {
  readonly name: string;
  readonly key: Doc;
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly expireAfterSeconds: number | undefined;
  readonly partial: Doc | undefined;
}

const cannotCreate = (message: string): Fault => new Fault(67, 'CannotCreateIndex', message);

const parseKey = (key: unknown): Doc => {
  if (!isDoc(key) || Object.keys(key).length === 0)
    throw cannotCreate('Index keys cannot be an empty object');
  for (const [path, direction] of Object.entries(key)) {
    if (typeof direction === 'string') {
      if (['text', 'hashed', '2d', '2dsphere', 'columnstore'].includes(direction))
        throw notImplemented(`indexes of the kind ${direction}`);
      throw cannotCreate(`Unknown index plugin '${direction}'`);
    }
    if (!isNumeric(typeOf(direction)) || !(Number(direction) > 0 || Number(direction) < 0))
      throw cannotCreate('Values in the index key pattern must be numbers > 0 or < 0');
    if (path.includes('$**')) throw notImplemented('wildcard indexes');
    if (path === '' || path.split('.').some((part) => part === '' || part.startsWith('$')))
      throw cannotCreate(`Index keys cannot contain an empty field or start with $: '${path}'`);
  }
  return key;
};

const PARTIAL_OPERATORS = ['$eq', '$gt', '$gte', '$lt', '$lte', '$type', '$exists', '$in'];

const holdsRegex = (argument: unknown): boolean => {
  const values = isOperatorDoc(argument) ? Object.values(argument).flat() : [argument];
  return values.some((value) => value instanceof BSONRegExp);
};

const requirePartial = (filter: Doc): void => {
  for (const [name, argument] of Object.entries(filter)) {
    if (name === '$and' || name === '$or') {
      for (const clause of Array.isArray(argument) ? argument : []) if (isDoc(clause)) requirePartial(clause);
    } else if (holdsRegex(argument)) {
      throw cannotCreate(`Expression not supported in partial index: a regular expression on ${name}`);
    } else if (name.startsWith('$')) {
      throw cannotCreate(`Expression not supported in partial index: ${name}`);
    } else if (isOperatorDoc(argument)) {
      for (const [operator, value] of Object.entries(argument))
        if (!PARTIAL_OPERATORS.includes(operator) || (operator === '$exists' && value !== true))
          throw cannotCreate(`Expression not supported in partial index: ${operator}`);
    }
  }
};

const parseTtl = (value: unknown, key: Doc): number | undefined => {
  if (value === undefined) return undefined;
  if (!isNumeric(typeOf(value))) throw cannotCreate("TTL index 'expireAfterSeconds' option must be numeric");
  const seconds = Math.trunc(Number(value));
  if (!(seconds >= 0 && seconds <= 0x7fffffff))
    throw cannotCreate("TTL index 'expireAfterSeconds' option must be within an acceptable range");
  const fields = Object.keys(key);
  if (fields.length !== 1)
    throw cannotCreate('TTL indexes are single-field indexes, compound indexes do not support TTL');
  if (fields[0] === '_id')
    throw new Fault(
      197,
      'InvalidIndexSpecificationOption',
      'The field expireAfterSeconds is not valid for an _id index specification.',
    );
  return seconds;
};

const KNOWN = [
  'name',
  'key',
  'v',
  'unique',
  'sparse',
  'expireAfterSeconds',
  'partialFilterExpression',
  'background',
  'ns',
];
const NOT_BUILT = [
  'collation',
  'hidden',
  'storageEngine',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
  '2dsphereIndexVersion',
  'bits',
  'min',
  'max',
  'wildcardProjection',
  'clustered',
  'prepareUnique',
];

const flag = (value: unknown, name: string): boolean => {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  if (isNumeric(typeOf(value))) return Number(value) !== 0;
  throw new Fault(14, 'TypeMismatch', `The field '${name}' must be a bool`);
};

/** Checks one entry of `createIndexes`. Every option is either kept or an error. */
export const parseIndexSpec = (given: unknown): IndexSpec => {
  if (!isDoc(given)) throw badValue('an index specification must be an object');
  for (const name of Object.keys(given)) {
    if (KNOWN.includes(name)) continue;
    const simple = name === 'collation' && isDoc(given[name]) && given[name]['locale'] === 'simple';
    if (simple || (name === 'hidden' && given[name] === false)) continue;
    if (NOT_BUILT.includes(name)) throw notImplemented(`the index option ${name}`);
    throw new Fault(
      197,
      'InvalidIndexSpecificationOption',
      `The field '${name}' is not valid for an index specification.`,
    );
  }
  const { name, v, partialFilterExpression: partial } = given;
  if (typeof name !== 'string' || name === '')
    throw new Fault(9, 'FailedToParse', "The 'name' field is a required property of an index specification");
  if (v !== undefined && integerArgument(v, 'v') !== 2) throw notImplemented('index versions other than 2');
  const key = parseKey(given['key']);
  if (partial !== undefined && !isDoc(partial))
    throw cannotCreate('partialFilterExpression must be an object');
  if (partial) requirePartial(partial);
  const sparse = flag(given['sparse'], 'sparse');
  if (partial && sparse) throw cannotCreate('cannot mix "partialFilterExpression" and "sparse" options');

  const spec = {
    name,
    key,
    partial,
    sparse,
    unique: flag(given['unique'], 'unique'),
    expireAfterSeconds: parseTtl(given['expireAfterSeconds'], key),
  };
  const onId = Object.keys(key).length === 1 && '_id' in key;
  if (onId && (spec.sparse || spec.partial || 'unique' in given))
    throw new Fault(
      197,
      'InvalidIndexSpecificationOption',
      'The field is not valid for an _id index specification.',
    );
  return spec;
};

/** The entry in the reply of `listIndexes`. */
export const describeIndex = (spec: IndexSpec): Doc => ({
  v: 2,
  key: spec.key,
  name: spec.name,
  ...(spec.unique && { unique: true }),
  ...(spec.sparse && { sparse: true }),
  ...(spec.expireAfterSeconds !== undefined && { expireAfterSeconds: spec.expireAfterSeconds }),
  ...(spec.partial && { partialFilterExpression: spec.partial }),
});

export const ID_INDEX: IndexSpec = {
  name: '_id_',
  key: { _id: 1 },
  unique: false,
  sparse: false,
  expireAfterSeconds: undefined,
  partial: undefined,
};
