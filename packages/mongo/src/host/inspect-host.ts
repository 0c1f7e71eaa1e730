import { isDeepStrictEqual } from 'node:util';
import { type Connection, mongo } from 'mongoose';
import { createRun } from '../operation.ts';
import { hostCollection } from '../repositories.ts';
import { type ActiveFieldUse, activeFieldSays, activeFieldUse, parseActiveField } from './active-field.ts';
import { type AddressReach, addressReach } from './address-reach.ts';
import { hostAdvice } from './advice.ts';
import type { HostCollections, HostDocument } from './collections.ts';
import { type CollectionInfo, collectionsSay } from './collections-say.ts';
import { PASSWORD_FORMATS, type PasswordFormat, passwordFormat } from './password-format.ts';
import { projectionOf, valueAt } from './path.ts';

/** `unusable`: there is one, but its collation or partial filter keeps our look-ups from using it. */
export type IndexState = 'ok' | 'unusable' | 'missing';

/** What the worker's boot log and the doctor say about the host's users. Counts only; no address leaves the database. */
export interface HostReport {
  readonly users: number;
  /** How many were looked at, and whether that is all of them or a random sample. */
  readonly examined: number;
  readonly complete: boolean;
  readonly passwordFormats: Readonly<Record<PasswordFormat, number>>;
  readonly addresses: Readonly<Record<AddressReach, number>>;
  readonly emailIndex: IndexState;
  /** Of the sessions' user field; null when the host keeps none here. */
  readonly sessionsIndex: IndexState | null;
  /** null when everybody is active (`none`). */
  readonly activeField: ActiveFieldUse | null;
  /** What lets somebody in who should stay out, or keeps everybody out, a sentence each. */
  readonly problems: readonly string[];
  /** What to do about it, a sentence each; empty when all is well. */
  readonly advice: readonly string[];
}

const SAMPLE = 10_000;
/** Looking at many rows takes longer than serving one request may. */
const INSPECTION_TIMEOUT_MS = 30_000;
const NAMESPACE_NOT_FOUND = 26;

const emptyCounts = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

/** @param collation that of the look-up; undefined for one that compares bytes. */
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

/** undefined when the server refuses, since this database user may not ask. */
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

/** Looks at the host's data, read only and bounded: all of them up to `sample`, else that many at random. */
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
  // The estimate may have drifted, after an unclean shutdown even to nothing.
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
