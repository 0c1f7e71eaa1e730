import { compare } from '../bson/compare.ts';
import { type Doc, isDoc } from '../bson/document.ts';
import { keysAt } from '../bson/keys-at.ts';
import { isNumeric, typeOf } from '../bson/types.ts';
import { badValue, Fault, notImplemented } from '../errors.ts';

interface SortField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly direction: 1 | -1;
}

/** Parses `{ a: 1, b: -1 }`. Other values are an error. */
export const parseSort = (spec: unknown): SortField[] => {
  if (spec === undefined || spec === null) return [];
  if (!isDoc(spec)) throw badValue('the sort must be an object');

  return Object.entries(spec).map(([path, value]) => {
    if (isDoc(value)) throw notImplemented('$meta in a sort');
    const direction = isNumeric(typeOf(value)) ? Number(value) : 0;
    if (direction !== 1 && direction !== -1)
      throw new Fault(
        15975,
        'Location15975',
        '$sort key ordering must be 1 (for ascending) or -1 (for descending)',
      );
    if (path === '' || path.split('.').includes(''))
      throw badValue('FieldPath field names may not be empty strings');
    return { path, parts: path.split('.'), direction };
  });
};

/** The key that decides the place of a document: the smallest one for ascending, the largest one for descending order. */
const deciding = (keys: readonly unknown[], direction: 1 | -1): unknown =>
  keys.reduce((best, key) => (compare(key, best) * direction < 0 ? key : best));

const keysOf = (doc: Doc, fields: readonly SortField[]): unknown[] => {
  let arrays = 0;
  const keys = fields.map(({ parts, direction }) => {
    const { keys, throughArray } = keysAt(doc, parts);
    if (throughArray) arrays++;
    return deciding(keys, direction);
  });
  if (arrays > 1) throw notImplemented('sorting by several fields that hold arrays');
  return keys;
};

/** Sorts stably: equal documents keep their order. */
export const sortDocs = <T extends Doc>(docs: readonly T[], fields: readonly SortField[]): T[] => {
  if (fields.length === 0) return [...docs];

  const decorated = docs.map((doc) => ({ doc, keys: keysOf(doc, fields) }));
  decorated.sort((a, b) => {
    for (const [i, { direction }] of fields.entries()) {
      const difference = compare(a.keys[i], b.keys[i]);
      if (difference !== 0) return difference * direction;
    }
    return 0;
  });
  return decorated.map(({ doc }) => doc);
};
