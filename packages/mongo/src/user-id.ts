import type { UserId } from '@latchkey/password-reset';
import { mongo } from 'mongoose';

const { Binary, BSON, Long, ObjectId, UUID } = mongo;
const { EJSON } = BSON;

/**
 * The `_id` of a user as the host application stores it. Usually it has one of these types. An embedded document works, too,
 * but the driver's types do not allow it here.
 */
export type StoredUserId = string | number | boolean | Date | mongo.ObjectId | mongo.Binary | mongo.Long;

const asUuid = (value: mongo.Binary): string =>
  new UUID(value.buffer.subarray(0, value.position)).toHexString();

/**
 * The stored `_id` as the opaque string that the core uses: a letter for the stored type, then the value. Different ids give
 * different strings, so the string `"42"` and the number 42 stay two users. @throws TypeError without an id.
 */
export const encodeUserId = (stored: unknown): UserId => {
  if (typeof stored === 'string') return `s:${stored}`;
  if (typeof stored === 'number') return `n:${Object.is(stored, -0) ? 0 : stored}`;
  if (typeof stored === 'bigint') return `l:${stored}`;
  if (stored instanceof ObjectId) return `o:${stored.toHexString()}`;
  if (stored instanceof Long) return `l:${stored.toString()}`;
  if (stored instanceof Binary && stored.sub_type === Binary.SUBTYPE_UUID) return `u:${asUuid(stored)}`;
  if (stored === undefined || stored === null) throw new TypeError('a user without _id');
  return `j:${EJSON.stringify(stored, { relaxed: false })}`;
};

/** The stored `_id` in its original type. @throws TypeError for a string that `encodeUserId` did not make. */
export const decodeUserId = (userId: UserId): StoredUserId => {
  if (typeof userId !== 'string') throw new TypeError('not a user id of this adapter');
  const value = userId.slice(2);
  switch (userId.slice(0, 2)) {
    case 's:':
      return value;
    case 'n:':
      return Number(value);
    case 'l:':
      return Long.fromString(value);
    case 'o:':
      return ObjectId.createFromHexString(value);
    case 'u:':
      return new UUID(value).toBinary();
    case 'j:':
      return EJSON.parse(value, { relaxed: false });
    default:
      throw new TypeError('not a user id of this adapter');
  }
};

/** The id as text, for session stores that cannot keep the original type: hex, UUID with dashes, or decimal. */
export const userIdText = (userId: UserId): string => userId.slice(2);
