import { type Doc, getField, isDoc } from './document.ts';

/** The position of the array element that matched. `$` in an update or projection means this position. */
export interface Hit {
  index?: number;
}

/** The values that a condition tests at the end of a path: every array element and the array, or the value alone. */
export type LeafMode = 'each' | 'whole';
export type ValueTest = (value: unknown) => boolean;

const INDEX = /^(0|[1-9]\d*)$/;
export const isIndex = (part: string): boolean => INDEX.test(part);

interface Search {
  readonly parts: readonly string[];
  readonly leaf: LeafMode;
  readonly test: ValueTest;
  readonly hit?: Hit | undefined;
}

const someElement = (
  array: readonly unknown[],
  hit: Hit | undefined,
  test: (value: unknown) => boolean,
): boolean => {
  const index = array.findIndex(test);
  if (index >= 0 && hit) hit.index = index;
  return index >= 0;
};

const atLeaf = (value: unknown, { leaf, test, hit }: Search): boolean => {
  if (leaf === 'each' && Array.isArray(value) && someElement(value, hit, test)) return true;
  return test(value);
};

const below = (value: unknown, search: Search, at: number): boolean => {
  if (isDoc(value)) return inDoc(value, search, at);
  if (!Array.isArray(value)) return search.test(undefined);

  if (someElement(value, search.hit, (item) => isDoc(item) && inDoc(item, search, at))) return true;
  const part = search.parts[at] ?? '';
  if (!isIndex(part) || Number(part) >= value.length) return false;
  const item: unknown = value[Number(part)];
  // An index selects one element. If this element is an array, its elements are visited only if the path continues.
  if (at === search.parts.length - 1) return search.test(item);
  return (isDoc(item) || Array.isArray(item)) && below(item, search, at + 1);
};

const inDoc = (doc: Doc, search: Search, at: number): boolean => {
  const value = getField(doc, search.parts[at] ?? '');
  return at === search.parts.length - 1 ? atLeaf(value, search) : below(value, search, at + 1);
};

/** Whether one of the values that the path reaches, through arrays too, passes the test. */
export const someValueAt = (doc: Doc, search: Search): boolean => inDoc(doc, search, 0);

/**
 * Every value that the path reaches, for look-ups, `distinct` and `$lookup`. The elements of a final array are separate values;
 * a missing field is undefined.
 */
export const valuesAt = (
  doc: Doc,
  parts: readonly string[],
): { values: unknown[]; throughArray: boolean } => {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) {
    const value = getField(doc, only);
    if (!Array.isArray(value)) return { values: [value], throughArray: false };
  }
  const values: unknown[] = [];
  let throughArray = false;
  const collect = (value: unknown): boolean => {
    if (Array.isArray(value)) {
      throughArray = true;
      // Values are pushed one by one, because a call takes at most about 100,000 arguments.
      for (const item of value) values.push(item);
    } else values.push(value);
    return false;
  };
  const visit = (value: unknown, at: number): void => {
    if (at === parts.length) {
      collect(value);
      return;
    }
    const part = parts[at] ?? '';
    if (isDoc(value)) {
      visit(getField(value, part), at + 1);
    } else if (Array.isArray(value)) {
      throughArray = true;
      for (const item of value) if (isDoc(item)) visit(item, at);
      if (isIndex(part) && Number(part) < value.length) visit(value[Number(part)], at + 1);
    } else values.push(undefined);
  };
  visit(doc, 0);
  return { values, throughArray };
};

/** The value at a path that does not go through arrays; undefined if it is missing. */
export const valueAt = (doc: Doc, parts: readonly string[]): unknown => {
  let value: unknown = doc;
  for (const part of parts) {
    if (isDoc(value)) value = getField(value, part);
    else if (Array.isArray(value) && isIndex(part)) value = value[Number(part)];
    else return undefined;
  }
  return value;
};

/** The value at a path that maps over arrays, as `$a.b` does in an aggregation expression. */
export const mappedValueAt = (value: unknown, parts: readonly string[], at = 0): unknown => {
  if (at === parts.length) return value;
  if (isDoc(value)) return mappedValueAt(getField(value, parts[at] ?? ''), parts, at + 1);
  if (!Array.isArray(value)) return undefined;
  return value.map((item) => mappedValueAt(item, parts, at)).filter((item) => item !== undefined);
};
