import { compileUpdatePipeline } from '../aggregation/pipeline.ts';
import type { Scope } from '../aggregation/scope.ts';
import { compareStrings, identical } from '../bson/compare.ts';
import { cloneValue, type Doc, isDoc, withIdFirst } from '../bson/document.ts';
import { type Hit, isIndex, valueAt } from '../bson/path.ts';
import { badValue, conflictingPaths, Fault, failedToParse, immutableField } from '../errors.ts';
import { locate } from './location.ts';
import { compileOperation, isUpdateOperator, type Operation } from './operators.ts';
import {
  type ArrayFilters,
  compileArrayFilters,
  expandPath,
  isPositional,
  requireFiltersUsed,
} from './positions.ts';

interface ApplyOptions {
  /** True if an upsert creates the document. */
  readonly inserting: boolean;
  /** The array position that the filter matched, for `$`. */
  readonly hit: Hit;
}

/** A compiled update. It returns a new document and does not change the old one. */
export interface Update {
  readonly replaces: boolean;
  apply(doc: Doc, options: ApplyOptions): Doc;
}

interface Instruction {
  readonly operator: string;
  readonly parts: readonly string[];
  readonly operation: Operation;
}

const requireUpdatePath = (path: string): string[] => {
  const parts = path.split('.');
  if (path === '') throw new Fault(56, 'EmptyFieldName', 'An empty update path is not valid.');
  if (parts.includes(''))
    throw new Fault(
      56,
      'EmptyFieldName',
      `The update path '${path}' contains an empty field name, which is not allowed.`,
    );
  for (const [i, part] of parts.entries())
    if (part.startsWith('$') && !(isPositional(part) && i > 0))
      throw new Fault(
        52,
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${part}' in '${path}' is not allowed in the context of an update's replacement document.`,
      );
  if (parts.filter((part) => part === '$').length > 1)
    throw badValue(`Too many positional (i.e. '$') elements found in path '${path}'`);
  return parts;
};

/** Sorts changes as a server does: by path, and array indexes by number. New fields are added in this order. */
const byPath = (a: { parts: readonly string[] }, b: { parts: readonly string[] }): number => {
  for (const [i, part] of a.parts.entries()) {
    const other = b.parts[i];
    if (other === undefined) return 1;
    const difference =
      isIndex(part) && isIndex(other) ? Number(part) - Number(other) : compareStrings(part, other);
    if (difference !== 0) return difference;
  }
  return a.parts.length - b.parts.length;
};

/** Throws if two changes have the same path, or if one path is inside the other. */
const requireNoConflict = (paths: readonly (readonly string[])[]): void => {
  const seen = new Set<string>();
  const inside = new Set<string>();
  for (const parts of paths) {
    const path = parts.join('.');
    const parents = parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join('.'));
    const clash = seen.has(path) || inside.has(path) ? path : parents.find((parent) => seen.has(parent));
    if (clash !== undefined) throw conflictingPaths(clash);
    seen.add(path);
    for (const parent of parents) inside.add(parent);
  }
};

const renamed = (from: string[], to: string[], target: unknown): Instruction => {
  if (typeof target !== 'string') throw badValue("The 'to' field for $rename must be a string");
  if ([...from, ...to].some(isPositional)) throw badValue('$rename may not be dynamic');
  return {
    operator: '$rename',
    parts: to,
    operation: { create: true, apply: () => undefined },
  };
};

interface Compiled {
  readonly instructions: readonly Instruction[];
  readonly renames: ReadonlyMap<string, readonly string[]>;
}

const compileInstructions = (change: Doc, scope: Scope): Compiled => {
  const instructions: Instruction[] = [];
  const renames = new Map<string, readonly string[]>();
  const touched: string[][] = [];
  for (const [operator, fields] of Object.entries(change)) {
    if (!isUpdateOperator(operator)) compileOperation(operator, { path: '', argument: null, scope });
    if (!isDoc(fields))
      throw failedToParse(
        `Modifiers operate on fields but we found type ${typeof fields} instead. For example: {$mod: {<field>: ...}} not {${operator}: ...}`,
      );
    for (const [path, argument] of Object.entries(fields)) {
      const parts = requireUpdatePath(path);
      touched.push(parts);
      if (operator === '$rename') {
        const to = requireUpdatePath(String(argument));
        instructions.push(renamed(parts, to, argument));
        renames.set(to.join('.'), parts);
        touched.push(to);
      } else
        instructions.push({
          operator,
          parts,
          operation: compileOperation(operator, { path, argument, scope }),
        });
    }
  }
  requireNoConflict(touched);
  return { instructions, renames };
};

const requireNoArrayOnTheWay = (doc: Doc, parts: readonly string[]): void => {
  for (let length = 1; length < parts.length; length++)
    if (Array.isArray(valueAt(doc, parts.slice(0, length))))
      throw badValue(
        `The source and target field of $rename cannot be an array element ('${parts.join('.')}')`,
      );
};

const rename = (doc: Doc, from: readonly string[], to: readonly string[]): void => {
  requireNoArrayOnTheWay(doc, from);
  requireNoArrayOnTheWay(doc, to);
  const source = locate(doc, from, { create: false });
  if (!source || source.value === undefined) return;
  source.unset();
  locate(doc, to, { create: true })?.set(source.value);
};

const operatorUpdate = (change: Doc, filters: ArrayFilters, scope: Scope): Update => {
  const { instructions, renames } = compileInstructions(change, scope);
  requireFiltersUsed(
    instructions.map(({ parts }) => parts),
    filters,
  );
  const dynamic = instructions.some(({ parts }) => parts.some(isPositional));

  /** Positions are computed in the old document, because an earlier change must not move a later one. */
  const placed = (doc: Doc, { hit, inserting }: ApplyOptions): readonly Instruction[] => {
    const active = inserting
      ? instructions
      : instructions.filter(({ operator }) => operator !== '$setOnInsert');
    if (!dynamic) return [...active].sort(byPath);
    const expanded = active.flatMap((instruction) =>
      expandPath(doc, instruction.parts, { filters, hit, inserting }).map((parts) => ({
        ...instruction,
        parts,
      })),
    );
    requireNoConflict(expanded.map(({ parts }) => parts));
    return expanded.sort(byPath);
  };

  return {
    replaces: false,
    apply: (doc, options) => {
      const out = cloneValue(doc);
      for (const { operator, parts, operation } of placed(doc, options)) {
        const from = operator === '$rename' ? renames.get(parts.join('.')) : undefined;
        if (from) {
          rename(out, from, parts);
          continue;
        }
        const location = locate(out, parts, { create: operation.create });
        if (location) operation.apply(location);
      }
      requireSameId(doc, out);
      return out;
    },
  };
};

const requireSameId = (before: Doc, after: Doc): void => {
  if ('_id' in before && !identical(before['_id'], after['_id'])) throw immutableField('_id');
};

const replacement = (change: Doc): Update => {
  const dollar = Object.keys(change).find((name) => name.startsWith('$'));
  if (dollar !== undefined)
    throw new Fault(
      52,
      'DollarPrefixedFieldName',
      `The dollar ($) prefixed field '${dollar}' is not allowed in the context of an update's replacement document.`,
    );
  return {
    replaces: true,
    apply: (doc) => {
      const id = doc['_id'] ?? change['_id'];
      if ('_id' in change) requireSameId({ ...('_id' in doc && { _id: doc['_id'] }) }, change);
      return id === undefined ? { ...change } : withIdFirst(change, id);
    },
  };
};

const pipelineUpdate = (stages: readonly unknown[], scope: Scope): Update => {
  const run = compileUpdatePipeline(stages, scope);
  return {
    replaces: false,
    apply: (doc) => {
      const [after = {}] = run([doc]);
      // If `$replaceWith` gives no _id, the old one is kept.
      const out = '_id' in doc ? withIdFirst(after, '_id' in after ? after['_id'] : doc['_id']) : after;
      requireSameId(doc, out);
      return out;
    },
  };
};

/** Compiles an update: operators, a whole new document, or a pipeline. */
export const compileUpdate = (
  change: unknown,
  { arrayFilters, scope }: { arrayFilters: unknown; scope: Scope },
): Update => {
  const filters = compileArrayFilters(arrayFilters, scope);
  if (Array.isArray(change)) {
    if (arrayFilters !== undefined)
      throw failedToParse('arrayFilters may not be specified for pipeline-style updates');
    return pipelineUpdate(change, scope);
  }
  if (!isDoc(change)) throw failedToParse('Update argument must be either an object or an array');
  if (Object.keys(change)[0]?.startsWith('$')) return operatorUpdate(change, filters, scope);
  if (filters.size > 0) throw failedToParse('arrayFilters may not be specified for a replacement');
  return replacement(change);
};
