import { type Doc, getField, isDoc, setField } from '../bson/document.ts';
import { isIndex } from '../bson/path.ts';
import { typeOf } from '../bson/types.ts';
import { badValue, Fault } from '../errors.ts';

/** As on a server: one index may not extend an array by more than this. */
const MAX_PADDING = 1_500_000;

/** One field or array position of a document that an update changes. */
export interface Location {
  readonly value: unknown;
  readonly inArray: boolean;
  set(value: unknown): void;
  /** Removes the field. In an array it writes null, as `$unset` does. */
  unset(): void;
}

const notViable = (parts: readonly string[], at: number, value: unknown): Fault =>
  new Fault(
    28,
    'PathNotViable',
    `Cannot create field '${parts[at]}' in element {${parts[at - 1]}: ${typeOf(value)}}`,
  );

const put = (container: Doc | unknown[], part: string, value: unknown): void => {
  if (!Array.isArray(container)) {
    setField(container, part, value);
    return;
  }
  const index = Number(part);
  if (index - container.length > MAX_PADDING)
    throw badValue(`can't backfill more than ${MAX_PADDING} elements`);
  while (container.length < index) container.push(null);
  container[index] = value;
};

const read = (container: Doc | unknown[], part: string): unknown => {
  if (!Array.isArray(container)) return getField(container, part);
  return isIndex(part) ? container[Number(part)] : undefined;
};

/**
 * Finds the location of a path in a document that may be changed in place. Without `create`, a path that does not exist gives
 * null. With it, missing documents are created, and a scalar or an array without that index on the path is an error.
 */
export const locate = (
  doc: Doc,
  parts: readonly string[],
  { create }: { create: boolean },
): Location | null => {
  let container: Doc | unknown[] = doc;
  for (const [at, part] of parts.entries()) {
    if (Array.isArray(container) && !isIndex(part)) {
      if (create) throw notViable(parts, at, container);
      return null;
    }
    if (at === parts.length - 1) return locationIn(container, part);

    const next: unknown = read(container, part);
    if (isDoc(next) || Array.isArray(next)) {
      container = next;
    } else if (!create) {
      return null;
    } else if (next === undefined) {
      const made: Doc = {};
      put(container, part, made);
      container = made;
    } else throw notViable(parts, at + 1, next);
  }
  return null;
};

const locationIn = (container: Doc | unknown[], part: string): Location => ({
  value: read(container, part),
  inArray: Array.isArray(container),
  set: (value) => put(container, part, value),
  unset: () => {
    if (!Array.isArray(container)) delete container[part];
    else if (Number(part) < container.length) container[Number(part)] = null;
  },
});
