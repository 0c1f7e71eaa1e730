import { Fault } from '../errors.ts';
import { type Doc, getField, isDoc } from './document.ts';
import { isIndex } from './path.ts';

/** The key of an empty array. It sorts before null and differs from null. */
export const EMPTY = undefined;

/**
 * The keys of one path of a document. Sorting and unique indexes use them. A final array gives one key per element, and an empty
 * one gives {@link EMPTY}. A missing field gives null, in the document or in one element of an array on the path. An array that
 * is at an index of another array is one key as a whole.
 */
export const keysAt = (doc: Doc, parts: readonly string[]): { keys: unknown[]; throughArray: boolean } => {
  const keys: unknown[] = [];
  let throughArray = false;

  const visit = (value: unknown, at: number, inArray = false): void => {
    const part = parts[at];
    if (part === undefined) end(value, inArray);
    else if (isDoc(value)) visit(getField(value, part), at + 1);
    else if (Array.isArray(value)) visitArray(value, part, at);
    else keys.push(null);
  };

  const visitArray = (array: readonly unknown[], part: string, at: number): void => {
    throughArray = true;
    if (isIndex(part) && Number(part) < array.length) {
      if (array.some((item) => isDoc(item) && getField(item, part) !== undefined)) throw ambiguous(part);
      visit(array[Number(part)], at + 1, true);
      return;
    }
    if (array.length === 0) keys.push(null);
    for (const item of array) {
      if (isDoc(item)) visit(getField(item, part), at + 1);
      else keys.push(null);
    }
  };

  const end = (value: unknown, inArray: boolean): void => {
    if (!Array.isArray(value)) {
      keys.push(value ?? null);
      return;
    }
    throughArray = true;
    if (value.length === 0) keys.push(EMPTY);
    else if (inArray) keys.push(value);
    // Values are pushed one by one, because a call takes at most about 100,000 arguments.
    else for (const item of value) keys.push(item);
  };

  visit(doc, 0);
  return { keys, throughArray };
};

const ambiguous = (part: string): Fault =>
  new Fault(
    16746,
    'Location16746',
    `Ambiguous field name found in array (do not use numeric field names in embedded elements in an array), field: '${part}'`,
  );
