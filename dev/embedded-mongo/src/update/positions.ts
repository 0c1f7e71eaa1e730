import type { Scope } from '../aggregation/scope.ts';
import { type Doc, getField, isDoc } from '../bson/document.ts';
import { type Hit, isIndex } from '../bson/path.ts';
import { badValue, failedToParse } from '../errors.ts';
import { compileFilter, type Predicate } from '../query/filter.ts';

/** The conditions for `$[name]` of an update, by name. */
export type ArrayFilters = ReadonlyMap<string, Predicate>;

const identifierOf = (filter: Doc): string => {
  const [first = ''] = Object.keys(filter);
  if (!first.startsWith('$')) return first.split('.')[0] ?? '';
  const list = filter[first];
  const inner: unknown = Array.isArray(list) ? list[0] : undefined;
  if (!isDoc(inner))
    throw failedToParse('Cannot use an expression without a top-level field name in arrayFilters');
  return identifierOf(inner);
};

export const compileArrayFilters = (given: unknown, scope: Scope): ArrayFilters => {
  const filters = new Map<string, Predicate>();
  if (given === undefined) return filters;
  if (!Array.isArray(given)) throw badValue('arrayFilters must be an array');
  for (const filter of given) {
    if (!isDoc(filter)) throw badValue('arrayFilters must hold documents');
    const name = identifierOf(filter);
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name))
      throw badValue(
        `The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`,
      );
    if (filters.has(name))
      throw failedToParse(`Found multiple array filters with the same top-level field name ${name}`);
    filters.set(name, compileFilter(filter, scope));
  }
  return filters;
};

const ALL = '$[]';
const nameOf = (part: string): string | undefined => /^\$\[(.+)\]$/.exec(part)?.[1];

/** Throws for a name without a filter and for a filter that is not used. */
export const requireFiltersUsed = (paths: readonly (readonly string[])[], filters: ArrayFilters): void => {
  const used = new Set(paths.flatMap((parts) => parts.map(nameOf)));
  for (const name of used)
    if (name !== undefined && !filters.has(name))
      throw badValue(`No array filter found for identifier '${name}'`);
  for (const name of filters.keys())
    if (!used.has(name))
      throw failedToParse(`The array filter for identifier '${name}' was not used in the update`);
};

interface Context {
  readonly filters: ArrayFilters;
  readonly hit: Hit;
  readonly inserting: boolean;
}

const positionsAt = (
  value: unknown,
  part: string,
  path: string,
  { filters, hit, inserting }: Context,
): number[] => {
  if (part === '$') {
    if (inserting || hit.index === undefined)
      throw badValue('The positional operator did not find the match needed from the query.');
    return [hit.index];
  }
  if (!Array.isArray(value))
    throw badValue(`The path '${path}' must exist in the document in order to apply array updates.`);
  if (part === ALL) return [...value.keys()];
  const name = nameOf(part) ?? '';
  const matches = filters.get(name);
  return [...value.entries()].filter(([, item]) => matches?.({ [name]: item })).map(([i]) => i);
};

const childOf = (value: unknown, part: string): unknown => {
  if (isDoc(value)) return getField(value, part);
  return Array.isArray(value) && isIndex(part) ? value[Number(part)] : undefined;
};

export const isPositional = (part: string): boolean => part === '$' || part.startsWith('$[');

/** The concrete paths in this document for a path with `$`, `$[]` or `$[name]`. */
export const expandPath = (doc: Doc, parts: readonly string[], context: Context): string[][] => {
  let open: { path: string[]; value: unknown }[] = [{ path: [], value: doc }];
  for (const part of parts) {
    open = open.flatMap(({ path, value }) => {
      if (!isPositional(part)) return [{ path: [...path, part], value: childOf(value, part) }];
      return positionsAt(value, part, path.join('.'), context).map((index) => ({
        path: [...path, String(index)],
        value: childOf(value, String(index)),
      }));
    });
  }
  return open.map(({ path }) => path);
};
