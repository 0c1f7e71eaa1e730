import { isDeepStrictEqual } from 'node:util';
import type { HostCollections } from '@latchkey/settings';
import { type Connection, mongo } from 'mongoose';
import { createRun } from '../operation.ts';
import { type ActiveFieldUse, activeFieldSays, activeFieldUse, parseActiveField } from './active-field.ts';
import { type AddressReach, addressReach } from './address-reach.ts';
import { hostAdvice } from './advice.ts';
import type { HostDocument } from './collections.ts';
import { hostCollection } from './collections.ts';
import { type CollectionInfo, collectionsSay } from './collections-say.ts';
import { PASSWORD_FORMATS, type PasswordFormat, passwordFormat } from './password-format.ts';
import { projectionOf, valueAt } from './path.ts';

/** `unusable`: an index exists, but the look-ups cannot use it because of its collation or its partial filter. */
export type IndexState = 'ok' | 'unusable' | 'missing';

/** Report on the host application's users for the worker's boot log and the doctor. Contains counts only, no address. */
export interface HostReport {
  readonly users: number;
  /** Number of users examined. `complete`: these are all users, not a random sample. */
  readonly examined: number;
  readonly complete: boolean;
  readonly passwordFormats: Readonly<Record<PasswordFormat, number>>;
  readonly addresses: Readonly<Record<AddressReach, number>>;
  readonly emailIndex: IndexState;
  /** State of the index on the sessions' user field; null when this database holds no sessions. */
  readonly sessionsIndex: IndexState | null;
  /** null when USERS_ACTIVE_FIELD is `none`, so that every account is active. */
  readonly activeField: ActiveFieldUse | null;
  /** Faults that give access to accounts that should have none, or that make resets fail; one sentence each. */
  readonly problems: readonly string[];
  /** What the operator should do, one sentence each; empty when there is nothing to do. */
  readonly advice: readonly string[];
}

const SAMPLE = 10_000;
/** Limit of one query here. Reading many rows takes longer than OPERATION_TIMEOUT_MS allows. */
const INSPECTION_TIMEOUT_MS = 30_000;
const NAMESPACE_NOT_FOUND = 26;

const emptyCounts = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

/** @param collation The collation of the look-up; undefined for a look-up that compares bytes. */
const indexOn = async (
  collection: mongo.Collection<HostDocument>,
  field: string,
  collation?: unknown,
): Promise<IndexState> => {
  const indexes = await collection.indexes().catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  });
  const onField = indexes.filter(({ key }) => Object.keys(key)[0] === field);
  if (onField.length === 0) return 'missing';

  const usable = onField.some(
    ({ key, partialFilterExpression, ...index }) =>
      key[field] !== 'text' && !partialFilterExpression && isDeepStrictEqual(index['collation'], collation),
  );
  return usable ? 'ok' : 'unusable';
};

/** The options of the named collections; undefined when this database user has no right to list collections. */
const optionsOf = async (
  connection: Connection,
  names: readonly string[],
): Promise<readonly CollectionInfo[] | undefined> => {
  const run = createRun(INSPECTION_TIMEOUT_MS);
  const database = connection.getClient().db(connection.name);
  try {
    return await run(() => database.listCollections({ name: { $in: names } }).toArray());
  } catch (error) {
    if (error instanceof mongo.MongoServerError) return undefined;
    throw error;
  }
};

/**
 * Examines the users of the host application. Only reads: all users when there are at most `sample`, else `sample` random ones.
 * @throws UnavailableError
 */
export const inspectHost = async (
  connection: Connection,
  { users: fields, sessions }: HostCollections,
  { sample = SAMPLE }: { sample?: number } = {},
): Promise<HostReport> => {
  const run = createRun(INSPECTION_TIMEOUT_MS);
  const collection = hostCollection(connection, fields.collection);
  const active = parseActiveField(fields.activeField);
  const projection = projectionOf([
    fields.emailField,
    fields.passwordField,
    ...(active ? [active.path] : []),
  ]);

  const estimate = await run(() => collection.estimatedDocumentCount());
  const all =
    estimate > sample
      ? []
      : await run(() =>
          collection
            .find({}, { projection })
            .limit(sample + 1)
            .toArray(),
        );
  // The estimated count may be wrong; after an unclean shutdown it may even be 0.
  const users = Math.max(estimate, all.length);
  const complete = users <= sample;
  const documents = complete
    ? all
    : await run(() =>
        collection
          .aggregate<HostDocument>([{ $sample: { size: sample } }, { $project: projection }])
          .toArray(),
      );
  const infos = await run(() =>
    optionsOf(connection, [fields.collection, ...(sessions ? [sessions.collection] : [])]),
  );
  const collation = infos?.find(({ name }) => name === fields.collection)?.options?.['collation'];
  const emailIndex = await run(() => indexOn(collection, fields.emailField, collation));
  const sessionsIndex = sessions
    ? await run(() => indexOn(hostCollection(connection, sessions.collection), sessions.userField))
    : null;

  const passwordFormats = emptyCounts(PASSWORD_FORMATS);
  const addresses = emptyCounts<AddressReach>(['anyCase', 'asStored', 'unreachable', 'missing']);
  for (const document of documents) {
    passwordFormats[passwordFormat(valueAt(document, fields.passwordField))] += 1;
    addresses[addressReach(valueAt(document, fields.emailField))] += 1;
  }

  const found = {
    users,
    examined: documents.length,
    complete,
    passwordFormats,
    addresses,
    emailIndex,
    sessionsIndex,
    activeField: active && activeFieldUse(documents, active.path),
  };
  const textIds = documents.some(({ _id }) => typeof _id === 'string');
  const says = [
    collectionsSay({ host: { users: fields, sessions }, infos, textIds }),
    activeFieldSays(found, active),
  ];
  return {
    ...found,
    problems: says.flatMap(({ problems }) => problems),
    advice: [...hostAdvice(found), ...says.flatMap(({ advice }) => advice)],
  };
};
