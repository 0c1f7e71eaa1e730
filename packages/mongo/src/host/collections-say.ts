import type { HostCollections } from '@latchkey/settings';
import type { HostReport } from './inspect-host.ts';
import { judgeValidator } from './validator.ts';

/** The fields of a `listCollections` entry that are read here. */
export interface CollectionInfo {
  readonly name: string;
  /** `collection`, `view` or `timeseries`. */
  readonly type?: string | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

const UNSEEN =
  'the database user may not list collections, so it is unknown whether a validator, a default collation or the kind of a ' +
  'collection hinders resets: grant listCollections (the role read contains it), or check this yourself';

type Says = Pick<HostReport, 'problems' | 'advice'>;

/**
 * Problems and advice from the options of the host application's collections. Without this check they show only at the first
 * reset.
 */
export const collectionsSay = ({
  host,
  infos,
  textIds,
}: {
  host: HostCollections;
  /** undefined when the database user may not list them. */
  infos: readonly CollectionInfo[] | undefined;
  /** Whether users have text in `_id`. */
  textIds: boolean;
}): Says => {
  if (!infos) return { problems: [], advice: [UNSEEN] };
  const infoOf = (name: string | undefined) => infos.find((info) => info.name === name);
  const users = infoOf(host.users.collection);
  const sessions = infoOf(host.sessions?.collection);
  const validated = validatorSays(host.users, users);
  return {
    problems: [
      ...unwritable('USERS_COLLECTION', users, 'no password can be written and every reset fails'),
      ...unwritable('SESSIONS_COLLECTION', sessions, 'no session can be ended and every reset fails'),
      ...validated.problems,
    ],
    advice: [
      ...validated.advice,
      ...(textIds && users?.options?.['collation']
        ? [
            'the users collection has a default collation and text in _id: writing a password compares bytes and cannot use the ' +
              'index on _id, so every reset reads the whole collection; only a collection without a default collation avoids this',
          ]
        : []),
    ],
  };
};

/**
 * A reset writes to both collections in a transaction. MongoDB allows that neither for a time series nor for a capped
 * collection, and a view cannot be written at all.
 */
const unwritable = (setting: string, info: CollectionInfo | undefined, so: string): string[] => {
  if (info?.type === 'view') return [`${setting} names a view, so ${so}: name the collection behind it`];
  const kind =
    info?.type === 'timeseries'
      ? 'a time series'
      : info?.options?.['capped']
        ? 'a capped collection'
        : undefined;
  return kind ? [`${setting} names ${kind}, so ${so}: use a plain collection`] : [];
};

const validatorSays = (
  { passwordField, credentialsChangedAtField }: HostCollections['users'],
  info: CollectionInfo | undefined,
): Says => {
  const { validator, validationAction, validationLevel } = info?.options ?? {};
  if (validationAction === 'warn' || validationLevel === 'off') return { problems: [], advice: [] };

  const fields = [
    {
      setting: 'USERS_PASSWORD_FIELD',
      holds: 'text',
      verdict: judgeValidator(validator, passwordField, 'string'),
    },
    {
      setting: 'USERS_CREDENTIALS_CHANGED_AT_FIELD',
      holds: 'a date',
      verdict: judgeValidator(validator, credentialsChangedAtField, 'date'),
    },
  ];
  return {
    problems: fields
      .filter(({ verdict }) => verdict === 'refuses')
      .map(
        ({ setting, holds }) =>
          `the validator of the users collection refuses ${holds} in the field that ${setting} names, so every reset fails: allow it`,
      ),
    advice: fields
      .filter(({ verdict }) => verdict === 'unclear')
      .map(
        ({ setting, holds }) =>
          `the users collection has a validator that cannot be judged automatically: make sure that it allows ${holds} in ` +
          `the field that ${setting} names, or every reset fails`,
      ),
  };
};
