import type { UserId } from '@latchkey/password-reset';
import { mongo } from 'mongoose';
import { decodeUserId, encodeUserId, type StoredUserId, userIdText } from './user-id.ts';

const { Long, ObjectId, UUID } = mongo;

const OBJECT_ID = /^[0-9a-f]{24}$/i;
const UUID_TEXT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const INTEGER = /^-?\d{1,18}$/;

/**
 * Every form in which a session may hold the id of this user: the stored value and its text. For ObjectIds and UUIDs also the
 * typed value and the hex text in small letters and in capitals, because the session store may use another of these forms than
 * the users collection.
 */
export const sessionIdsOf = (userId: UserId): StoredUserId[] => {
  const text = userIdText(userId);
  return unique([decodeUserId(userId), text, ...hexFormsOf(text)]);
};

/** Every `_id` that the owner of a session with this value may have; empty when the value is no id. */
export const userIdsFor = (value: unknown): StoredUserId[] => {
  if (Array.isArray(value)) return unique(value.flatMap(userIdsFor));
  if (!isId(value)) return [];
  const text = userIdText(encodeUserId(value));
  return unique([value, text, ...hexFormsOf(text), ...(INTEGER.test(text) ? [Long.fromString(text)] : [])]);
};

/** Whether a user's `_id`, as stored or as text, can be equal to the value. A DBRef and a sub-document never are. */
const isId = (value: unknown): value is StoredUserId =>
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'bigint' ||
  (typeof value === 'object' && value !== null && '_bsontype' in value && value._bsontype !== 'DBRef');

const hexFormsOf = (text: string): StoredUserId[] => {
  const letters = [text.toLowerCase(), text.toUpperCase()];
  if (OBJECT_ID.test(text)) return [...letters, ObjectId.createFromHexString(text)];
  return UUID_TEXT.test(text) ? [...letters, new UUID(text).toBinary()] : [];
};

const unique = (ids: readonly StoredUserId[]): StoredUserId[] => [
  ...new Map(ids.map((id) => [encodeUserId(id), id])).values(),
];
