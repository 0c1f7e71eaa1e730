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

/** More accounts under one address than this are as ambiguous as two. */
const LOOKUP_LIMIT = 10;

/** Matches a field only while it holds exactly what was read, be that nothing at all. */
const still = (value: unknown): object => {
  if (value === undefined) return { $exists: false };
  return value === null ? { $exists: true, $eq: null } : exactly(value);
};

const isAsRead = (value: unknown): value is AsRead =>
  typeof value === 'object' && value !== null && 'passwordHash' in value && 'address' in value;

/** The host's users, through the raw driver: no schema of ours may cast, default or drop what is the host's. */
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

  /** MongoDB makes a sub-document that is missing, but writes nothing below a null: `security: null` would fail every reset. */
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
            // Capitals sort first, so the limit never cuts off the accounts that are stored nearest to what was typed.
            .sort({ [fields.emailField]: 1 })
            .limit(LOOKUP_LIMIT)
            .toArray(),
        );

      // By the collection's own collation first, which its indexes serve; it may fill the limit with others.
      const found = await look({});
      const documents = found.length < LOOKUP_LIMIT ? found : await look(await bytewise(fields.collection));
      // The server also matches inside arrays; an account has one address or none that we can tell.
      return documents
        .map((document) => toAccount(document, fields))
        .filter(({ address }) => address !== null && forms.includes(address));
    },

    findById: async (userId) => {
      const document = await run((options) =>
        collection.findOne({ _id: exactly(decodeUserId(userId)) }, { ...options, projection }),
      );
      const account = document && toAccount(document, fields);
      // A collation may call another text equal; as an id it is not.
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
