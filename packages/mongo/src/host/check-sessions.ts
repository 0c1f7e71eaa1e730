import { ConfigError } from '@latchkey/runtime';
import type { HostCollections } from '@latchkey/settings';
import type { Connection } from 'mongoose';
import { OPERATION_TIMEOUT_MS } from '../connection.ts';
import { createRun } from '../operation.ts';
import { sessionIdsOf, userIdsFor } from '../session-ids.ts';
import { encodeUserId } from '../user-id.ts';
import { createBytewise } from './bytewise.ts';
import { hostCollection } from './collections.ts';
import { valueAt } from './path.ts';

const NEWEST = 100;
/**
 * Limit of user ids to look up. One row may hold a whole array of ids, and the first 1,000 ids of all rows suffice to find one
 * user.
 */
const MOST_IDS = 1_000;

/**
 * Checks that a reset could end at least one of the newest 100 sessions. A misspelt name, or a reference in another form, would
 * leave an intruder logged in after every reset without any error.
 * Returns the number of rows it examined; 0, which proves nothing, for an empty or missing collection.
 * @throws ConfigError when there are rows and a reset could end none of them.
 */
export const checkSessions = async (connection: Connection, host: HostCollections): Promise<number> => {
  if (!host.sessions) return 0;
  const { collection, userField } = host.sessions;
  const sessions = hostCollection(connection, collection);
  const run = createRun(OPERATION_TIMEOUT_MS);

  const rows = await run(() =>
    sessions
      .find({}, { projection: { [userField]: 1 } })
      .sort({ _id: -1 })
      .limit(NEWEST)
      .toArray(),
  );
  if (rows.length === 0) return 0;

  const ids = rows.flatMap((row) => userIdsFor(valueAt(row, userField))).slice(0, MOST_IDS);
  if (ids.length === 0) {
    throw noSessionEnds(
      `none of the newest ${rows.length} rows of the sessions collection has an id in this field`,
    );
  }

  const users = await run(() =>
    hostCollection(connection, host.users.collection)
      .find({ _id: { $in: ids } }, { projection: { _id: 1 } })
      .toArray(),
  );
  // The same condition as in a reset's delete, so that the check and the delete cannot differ.
  const theirs = users.flatMap(({ _id }) => sessionIdsOf(encodeUserId(_id)));
  const byBytes = await createBytewise(connection)(collection);
  const ended = await run(() =>
    sessions.findOne({ _id: { $in: rows.map(({ _id }) => _id) }, [userField]: { $in: theirs } }, byBytes),
  );
  if (ended) return rows.length;

  throw noSessionEnds(
    `in this field the newest ${rows.length} rows of the sessions collection have no _id of a user in the users collection ` +
      '(check USERS_COLLECTION, too)',
  );
};

const noSessionEnds = (why: string): ConfigError =>
  new ConfigError([
    `SESSIONS_USER_FIELD: ${why}, so a reset could end no session; name the field that holds the _id of the user, as stored or ` +
      'as its text (a dotted path is allowed), let your login store the _id, or set SESSIONS_COLLECTION=none if sessions are ' +
      'not kept in this database',
  ]);
