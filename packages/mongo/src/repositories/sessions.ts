import type { Sessions } from '@latchkey/password-reset';
import type { HostCollections } from '@latchkey/settings';
import type { mongo } from 'mongoose';
import type { Bytewise } from '../host/bytewise.ts';
import type { HostDocument } from '../host/collections.ts';
import type { Run } from '../operation.ts';
import { sessionIdsOf } from '../session-ids.ts';

/**
 * The sessions of the host application. Many session stores keep the user's id as text, whatever type it has in the users
 * collection.
 */
export const createSessions = ({
  collection,
  fields,
  run,
  bytewise,
}: {
  collection: mongo.Collection<HostDocument> | null;
  fields: HostCollections['sessions'];
  run: Run;
  bytewise: Bytewise;
}): Sessions => ({
  revokeAll: async (userId) => {
    if (!collection || !fields) return 0;
    const byBytes = await bytewise(fields.collection);
    const { deletedCount } = await run((options) =>
      collection.deleteMany(
        { [fields.userField]: { $in: sessionIdsOf(userId) } },
        { ...options, ...byBytes },
      ),
    );
    return deletedCount;
  },
});
