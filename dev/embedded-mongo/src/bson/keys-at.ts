import { Fault } from '../errors.ts';
import { type Doc, getField, isDoc } from './document.ts';
import { isIndex } from './path.ts';

/** What an empty array has in place of a value: it sorts before null and is another key than null. */
export const EMPTY = undefined;

/**
 * The keys of one path of a document, by which it is sorted and by which a unique index tells documents apart: the elements of
 * a final array one by one, {@link EMPTY} for an empty one, and null where there is nothing, be it in the document or in one
 * element of an array on the way. An array that stands at an index of another one is a key as a whole.
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
    // One by one: a call takes no more than some 100,000 arguments.
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
