import { ConfigError } from '@latchkey/runtime';
import type { Connection } from 'mongoose';
import { OPERATION_TIMEOUT_MS } from '../connection.ts';
import { createRun } from '../operation.ts';
import { hostCollection } from '../repositories.ts';
import type { HostCollections } from './collections.ts';
import { valueAt } from './path.ts';

const NEWEST = 100;

/**
 * Throws `ConfigError` when the sessions collection has rows and none of its newest 100 has an id in the user's field: a misspelt
 * name, or a reference kept in another form, would leave a thief logged in after every reset, and nobody would notice. An empty
 * collection, or one that is not there, proves nothing: the answer is how many rows were looked at.
 */
export const checkSessions = async (
  connection: Connection,
  sessions: HostCollections['sessions'],
): Promise<number> => {
  if (!sessions) return 0;
  const { collection, userField } = sessions;
  const run = createRun(OPERATION_TIMEOUT_MS);

  const rows = await run(() =>
    hostCollection(connection, collection)
      .find({}, { projection: { [userField]: 1 } })
      .sort({ _id: -1 })
      .limit(NEWEST)
      .toArray(),
  );
  if (rows.length === 0 || rows.some((row) => isId(valueAt(row, userField)))) return rows.length;

  throw new ConfigError([
    `SESSIONS_USER_FIELD: none of the newest ${rows.length} rows of the sessions collection has an id in this field, so a reset ` +
      'could end no session; name the field that holds the id of the user (dotted paths are fine), or set ' +
      'SESSIONS_COLLECTION=none if sessions are not kept in this database',
  ]);
};

/** What a user's `_id`, as stored or as text, can be equal to; a DBRef or a sub-document never is. */
const isId = (value: unknown): boolean =>
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'bigint' ||
  (typeof value === 'object' && value !== null && '_bsontype' in value && value._bsontype !== 'DBRef') ||
  (Array.isArray(value) && value.some(isId));
