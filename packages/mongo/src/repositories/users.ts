import { lookupForms, type UserId, type Users } from '@latchkey/password-reset';
import type { HostCollections } from '@latchkey/settings';
import type { mongo } from 'mongoose';
import { exactly } from '../exactly.ts';
import { type AsRead, accountProjection, toAccount } from '../host/account.ts';
import { parseActiveField } from '../host/active-field.ts';
import type { Bytewise } from '../host/bytewise.ts';
import type { HostDocument } from '../host/collections.ts';
import { pathsAbove } from '../host/path.ts';
import type { Run } from '../operation.ts';
import { decodeUserId } from '../user-id.ts';

/**
 * Upper bound for the accounts that one look-up reads. Two accounts under one address are already ambiguous, so more are not
 * needed.
 */
const LOOKUP_LIMIT = 10;

/**
 * Filter value that matches a field only while it has the value that was read. For undefined, the field must still be missing.
 */
const still = (value: unknown): object => {
  if (value === undefined) return { $exists: false };
  return value === null ? { $exists: true, $eq: null } : exactly(value);
};

const isAsRead = (value: unknown): value is AsRead =>
  typeof value === 'object' && value !== null && 'passwordHash' in value && 'address' in value;

/**
 * The users of the host application, through the raw driver, because a schema could cast, add or drop fields of the host
 * application.
 */
export const createUsers = ({
  collection,
  fields,
  run,
  bytewise,
}: {
  collection: mongo.Collection<HostDocument>;
  fields: HostCollections['users'];
  run: Run;
  bytewise: Bytewise;
}): Users => {
  const projection = accountProjection(fields);

  /**
   * Replaces each null above the changed-at field by an empty sub-document. MongoDB creates a missing sub-document by itself
   * but writes nothing below a null, so every reset of a user with `security: null` would fail.
   */
  const makeRoomForChangedAt = async (userId: UserId): Promise<void> => {
    const byBytes = await bytewise(fields.collection);
    for (const path of pathsAbove(fields.credentialsChangedAtField)) {
      await run((options) =>
        collection.updateOne(
          { _id: exactly(decodeUserId(userId)), [path]: { $type: 'null', $not: { $type: 'array' } } },
          { $set: { [path]: {} } },
          { ...options, ...byBytes },
        ),
      );
    }
  };

  return {
    findByAddress: async (typed) => {
      if (typeof typed !== 'string') throw new TypeError('expected an address to look up');
      const forms = lookupForms(typed.trim());

      const look = (how: object) =>
        run((options) =>
          collection
            .find({ [fields.emailField]: { $in: forms } }, { ...options, ...how, projection })
            // Capitals sort before small letters, so the limit never cuts off the accounts whose stored form is closest to the
            // typed one.
            .sort({ [fields.emailField]: 1 })
            .limit(LOOKUP_LIMIT)
            .toArray(),
        );

      // The first look-up uses the collection's own collation, because its indexes serve that. Accounts that only the collation
      // calls equal may fill the limit; then a second look-up compares bytes.
      const found = await look({});
      const documents = found.length < LOOKUP_LIMIT ? found : await look(await bytewise(fields.collection));
      // The server also matches values inside arrays and values that only a collation calls equal. Such accounts are dropped
      // here, because their address is not text or not the typed one.
      return documents
        .map((document) => toAccount(document, fields))
        .filter(({ address }) => address !== null && forms.includes(address));
    },

    findById: async (userId) => {
      const document = await run((options) =>
        collection.findOne({ _id: exactly(decodeUserId(userId)) }, { ...options, projection }),
      );
      const account = document && toAccount(document, fields);
      // A collation may call another text equal, but as an id it belongs to another user.
      return account?.userId === userId ? account : undefined;
    },

    setPassword: async ({ account, passwordHash, credentialsChangedAt }) => {
      const { asRead } = account;
      if (!isAsRead(asRead)) throw new TypeError('expected an account that this adapter has read');
      const active = parseActiveField(fields.activeField);

      await makeRoomForChangedAt(account.userId);
      const byBytes = await bytewise(fields.collection);
      const { matchedCount } = await run((options) =>
        collection.updateOne(
          {
            _id: exactly(decodeUserId(account.userId)),
            [fields.passwordField]: still(asRead.passwordHash),
            [fields.emailField]: still(asRead.address),
            ...(active ? { [active.path]: still(asRead.active) } : {}),
            [fields.credentialsChangedAtField]: still(asRead.credentialsChangedAt),
          },
          {
            $set: {
              [fields.passwordField]: passwordHash,
              [fields.credentialsChangedAtField]: credentialsChangedAt,
            },
          },
          { ...options, ...byBytes },
        ),
      );
      return matchedCount === 1;
    },
  };
};
