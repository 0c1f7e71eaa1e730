import { addComputed, applyComputed, createNode, requireFieldParts } from '../aggregation/computed.ts';
import { compileExpression } from '../aggregation/expression.ts';
import type { Scope } from '../aggregation/scope.ts';
import { numberOf } from '../bson/compare.ts';
import { type Doc, getField, isDoc, isOperatorDoc, setField, withIdFirst } from '../bson/document.ts';
import { integerArgument } from '../bson/numbers.ts';
import type { Hit } from '../bson/path.ts';
import { isNumeric, typeOf } from '../bson/types.ts';
import { badValue, Fault, notImplemented } from '../errors.ts';
import { compileFilter } from './filter.ts';

export type Projection = (doc: Doc, hit?: Hit) => Doc;

interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

type Tree = Map<string, Tree | true>;
type Mode = 'include' | 'exclude';

const flagOf = (value: unknown): boolean | undefined => {
  if (typeof value === 'boolean') return value;
  return isNumeric(typeOf(value)) ? Number(numberOf(value)) !== 0 : undefined;
};

/** `{ a: { b: 1 } }` has the same meaning as `{ 'a.b': 1 }`. */
const leavesOf = (spec: Doc, prefix = ''): Leaf[] =>
  Object.entries(spec).flatMap(([name, value]) => {
    if (!isDoc(value) || isOperatorDoc(value)) return [{ path: prefix + name, value }];
    if (Object.keys(value).length > 0) return leavesOf(value, `${prefix}${name}.`);
    throw new Fault(
      51270,
      'Location51270',
      `An empty sub-projection is not a valid value. Found empty object at path ${prefix}${name}`,
    );
  });

const addPath = (tree: Tree, path: string): void => {
  const parts = requireFieldParts(path);
  const last = parts.pop() ?? '';
  let at = tree;
  for (const part of parts) {
    const next = at.get(part) ?? new Map();
    if (next === true) throw new Fault(31249, 'Location31249', `Path collision at ${path}`);
    at.set(part, next);
    at = next;
  }
  if (at.has(last)) throw new Fault(31250, 'Location31250', `Path collision at ${path}`);
  at.set(last, true);
};

const prune = (value: unknown, tree: Tree, mode: Mode): unknown => {
  if (Array.isArray(value))
    return value.map((item) => prune(item, tree, mode)).filter((item) => item !== undefined);
  if (!isDoc(value)) return mode === 'include' ? undefined : value;

  const out: Doc = {};
  for (const name of Object.keys(value)) {
    const branch = tree.get(name);
    if (branch === undefined) {
      if (mode === 'exclude') setField(out, name, value[name]);
    } else if (branch === true) {
      if (mode === 'include') setField(out, name, value[name]);
    } else {
      const kept = prune(value[name], branch, mode);
      if (kept !== undefined) setField(out, name, kept);
    }
  }
  return out;
};

/** Changes the value at one path of the result. It copies the documents on the path, because `prune` copied only the root. */
const replaceAt = (doc: Doc, parts: readonly string[], change: (value: unknown) => unknown): Doc => {
  const [name = '', ...rest] = parts;
  const value = getField(doc, name);
  if (value === undefined) return doc;
  const next =
    rest.length === 0
      ? change(value)
      : isDoc(value)
        ? replaceAt(value, rest, change)
        : Array.isArray(value)
          ? value.map((item) => (isDoc(item) ? replaceAt(item, rest, change) : item))
          : value;
  const out: Doc = {};
  for (const key of Object.keys(doc)) setField(out, key, key === name ? next : doc[key]);
  return out;
};

const sliceOf = (argument: unknown): ((value: unknown) => unknown) => {
  if (Array.isArray(argument)) {
    if (argument.length !== 2) throw badValue('$slice array argument should be of form [skip, limit]');
    const skip = integerArgument(argument[0], '$slice');
    const limit = integerArgument(argument[1], '$slice');
    if (limit <= 0) throw badValue('$slice limit must be positive');
    return (value) => {
      if (!Array.isArray(value)) return value;
      const start = skip >= 0 ? skip : Math.max(value.length + skip, 0);
      return value.slice(start, start + limit);
    };
  }
  const count = integerArgument(argument, '$slice');
  return (value) => {
    if (!Array.isArray(value)) return value;
    return count >= 0 ? value.slice(0, count) : value.slice(count);
  };
};

const firstMatching = (path: string, argument: unknown, scope: Scope) => {
  if (path.includes('.')) throw badValue('Cannot use $elemMatch projection on a nested field');
  if (!isDoc(argument)) throw badValue('elemMatch: Invalid argument, object required');
  // Each element is matched as an array with one element, so that the $elemMatch of filters can be used.
  const matches = compileFilter({ item: { $elemMatch: argument } }, scope);
  return (value: unknown): unknown => {
    if (!Array.isArray(value)) return undefined;
    const index = value.findIndex((item) => matches({ item: [item] }));
    return index < 0 ? undefined : [value[index]];
  };
};

const operatorOf = (value: unknown): string | undefined =>
  isOperatorDoc(value) ? Object.keys(value)[0] : undefined;

/** What a projection does in addition to keeping and dropping fields. */
interface Extras {
  readonly slices: (readonly [readonly string[], (value: unknown) => unknown])[];
  readonly matches: (readonly [string, (value: unknown) => unknown])[];
  positional?: string;
}

/**
 * Compiles a projection of `find`, `findAndModify` or `$project`.
 * `stage` is true for `$project`, which does not have `$slice`, `$elemMatch` and `.$` with the meaning that they have in find.
 */
export const compileProjection = (spec: Doc, scope: Scope, stage = false): Projection => {
  const leaves = leavesOf(spec);
  if (leaves.length === 0) {
    if (stage)
      throw new Fault(51272, 'Location51272', 'projection specification must have at least one field');
    return (doc) => doc;
  }

  const tree: Tree = new Map();
  const computed = createNode();
  const extras: Extras = { slices: [], matches: [] };
  let keepId: boolean | undefined;
  let mode: Mode | undefined;
  const settleMode = (wanted: Mode, path: string): void => {
    if (mode !== undefined && mode !== wanted)
      throw new Fault(
        31254,
        'Location31254',
        `Cannot do ${wanted === 'include' ? 'inclusion' : 'exclusion'} on field ${path} in ${mode === 'include' ? 'inclusion' : 'exclusion'} projection`,
      );
    mode = wanted;
  };

  for (const { path, value } of leaves) {
    const flag = flagOf(value);
    const operator = operatorOf(value);
    if (path === '_id' && flag !== undefined) {
      keepId = flag;
    } else if (!stage && path.endsWith('.$')) {
      if (extras.positional !== undefined)
        throw badValue('Cannot specify more than one positional projection');
      if (flag !== true) throw badValue('a positional projection can only include');
      settleMode('include', path);
      extras.positional = path.slice(0, -2);
      addPath(tree, extras.positional);
    } else if (flag !== undefined) {
      settleMode(flag ? 'include' : 'exclude', path);
      addPath(tree, path);
    } else if (!stage && isDoc(value) && operator === '$slice') {
      const argument = value['$slice'];
      if (Array.isArray(argument) && typeof argument[0] === 'string') addComputedField(path, value);
      else extras.slices.push([requireFieldParts(path), sliceOf(argument)]);
    } else if (!stage && isDoc(value) && operator === '$elemMatch') {
      settleMode('include', path);
      extras.matches.push([path, firstMatching(path, value['$elemMatch'], scope)]);
    } else if (operator === '$meta') {
      throw notImplemented('$meta in a projection');
    } else addComputedField(path, value);
  }

  function addComputedField(path: string, value: unknown): void {
    settleMode('include', path);
    addComputed(computed, path, compileExpression(value, scope));
  }

  return build({ tree, computed, extras, keepId, mode, scope });
};

interface Parts {
  readonly tree: Tree;
  readonly computed: ReturnType<typeof createNode>;
  readonly extras: Extras;
  readonly keepId: boolean | undefined;
  readonly mode: Mode | undefined;
  readonly scope: Scope;
}

const build = ({ tree, computed, extras, keepId, mode: settled, scope }: Parts): Projection => {
  // Alone, `{ _id: 1 }` is an inclusion; `{ _id: 0 }` and `{ a: { $slice: 1 } }` are exclusions.
  const mode: Mode = settled ?? (keepId === true && extras.slices.length === 0 ? 'include' : 'exclude');
  if (mode === 'include') {
    if (keepId !== false && !computed.children.has('_id') && !tree.has('_id')) tree.set('_id', true);
    for (const [parts] of extras.slices) addPath(tree, parts.join('.'));
  } else if (keepId === false) tree.set('_id', true);

  return (doc, hit) => {
    let out = prune(doc, tree, mode) as Doc;
    for (const [parts, slice] of extras.slices) out = replaceAt(out, parts, slice);
    if (extras.positional !== undefined) out = atPosition(out, extras.positional, hit);
    for (const [name, match] of extras.matches) {
      const found = match(getField(doc, name));
      if (found !== undefined) setField(out, name, found);
    }
    if (computed.children.size > 0) out = applyComputed(out, computed, scope.environment(doc)) as Doc;
    return computed.children.has('_id') && '_id' in out ? withIdFirst(out, out['_id']) : out;
  };
};

const atPosition = (doc: Doc, path: string, hit: Hit | undefined): Doc =>
  replaceAt(doc, path.split('.'), (value) => {
    const index = hit?.index;
    if (!Array.isArray(value) || index === undefined || index >= value.length)
      throw new Fault(
        51246,
        'Location51246',
        "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
      );
    return [value[index]];
  });
