import { type Binary, type BSONRegExp, ObjectId, type Timestamp } from 'bson';
import { numberOf } from './compare.ts';
import { type Doc, isDoc } from './document.ts';
import { typeOf } from './types.ts';

const numberKey = (value: number | bigint): string => {
  if (typeof value === 'bigint') return `n${value};`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return `n${BigInt(value)};`;
  return `n${value === 0 ? 0 : value};`;
};

const docKey = (doc: Doc): string =>
  `{${Object.keys(doc)
    .map((name) => `${name.length}:${name}${keyOf(doc[name])}`)
    .join('')}}`;

/**
 * A text that is the same for two values exactly when they compare as equal: 1, Long 1 and 1.0 have the same text.
 * Missing and null also have the same text, as in an index.
 */
export const keyOf = (value: unknown): string => {
  if (typeof value === 'string') return `s${value.length}:${value}`;
  if (value instanceof ObjectId) return `o${value.toHexString()}`;

  switch (typeOf(value)) {
    case 'missing':
    case 'null':
      return 'z';
    case 'bool':
      return value === true ? 'T' : 'F';
    case 'int':
    case 'long':
    case 'double':
    case 'decimal':
      return numberKey(numberOf(value));
    case 'date':
      return `d${(value as Date).getTime()};`;
    case 'array':
      return `[${(value as unknown[]).map(keyOf).join('')}]`;
    case 'binData': {
      const binary = value as Binary;
      return `x${binary.sub_type}:${binary.toString('hex')};`;
    }
    case 'timestamp':
      return `t${(value as Timestamp).toBigInt()};`;
    case 'regex': {
      const regex = value as BSONRegExp;
      return `r${regex.pattern.length}:${regex.pattern}${regex.options};`;
    }
    case 'minKey':
      return '<';
    case 'maxKey':
      return '>';
    default:
      return isDoc(value) ? docKey(value) : `?${String(value)}`;
  }
};
