import { Long } from 'bson';
import { type Doc, getField, isDoc, setField } from '../bson/document.ts';
import { badValue, Fault } from '../errors.ts';

/** In this path a whole number is the name of a field, never a position in an array. */
const fieldAt = (doc: Doc, parts: readonly string[]): unknown => {
  let value: unknown = doc;
  for (const part of parts) value = isDoc(value) ? getField(value, part) : undefined;
  return value;
};

const replaceAt = (doc: Doc, parts: readonly string[], value: unknown): Doc => {
  const [name = '', ...rest] = parts;
  const out: Doc = {};
  for (const key of Object.keys(doc)) setField(out, key, doc[key]);
  const below = getField(out, name);
  const next = rest.length === 0 ? value : replaceAt(isDoc(below) ? below : {}, rest, value);
  if (next === undefined) delete out[name];
  else setField(out, name, next);
  return out;
};

/** `$unwind`: one document per element. A value that is not an array counts as one element. */
export const compileUnwind = (spec: unknown): ((docs: readonly Doc[]) => Doc[]) => {
  const options = isDoc(spec) ? spec : { path: spec };
  for (const name of Object.keys(options))
    if (!['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'].includes(name))
      throw badValue(`unrecognized option to $unwind stage: ${name}`);
  const path = options['path'];
  const indexName = options['includeArrayIndex'];
  if (typeof path !== 'string' || !path.startsWith('$'))
    throw new Fault(28818, 'Location28818', "path option to $unwind stage should be prefixed with a '$'");
  if (
    indexName !== undefined &&
    (typeof indexName !== 'string' || indexName === '' || indexName.startsWith('$'))
  )
    throw badValue('includeArrayIndex must be the name of a field');

  const parts = path.slice(1).split('.');
  const preserve = options['preserveNullAndEmptyArrays'] === true;
  const withIndex = (doc: Doc, index: number | null): Doc =>
    typeof indexName === 'string'
      ? replaceAt(doc, indexName.split('.'), index === null ? null : Long.fromNumber(index))
      : doc;

  return (docs) =>
    docs.flatMap((doc) => {
      const value = fieldAt(doc, parts);
      if (Array.isArray(value) && value.length > 0)
        return value.map((item, i) => withIndex(replaceAt(doc, parts, item), i));
      if (value === undefined || value === null) return preserve ? [withIndex(doc, null)] : [];
      if (Array.isArray(value)) return preserve ? [withIndex(replaceAt(doc, parts, undefined), null)] : [];
      return [withIndex(doc, null)];
    });
};
