import type { Connection, mongo } from 'mongoose';
import { createRun } from '../operation.ts';
import { hostCollection } from '../repositories.ts';
import { type AddressReach, addressReach } from './address-reach.ts';
import { hostAdvice } from './advice.ts';
import type { HostCollections, HostDocument } from './collections.ts';
import { PASSWORD_FORMATS, type PasswordFormat, passwordFormat } from './password-format.ts';
import { projectionOf, valueAt } from './path.ts';

/** What the worker's boot log and the doctor say about the host's users. Counts only; no address leaves the database. */
export interface HostReport {
  readonly users: number;
  /** How many were looked at, and whether that is all of them or a random sample. */
  readonly examined: number;
  readonly complete: boolean;
  readonly passwordFormats: Readonly<Record<PasswordFormat, number>>;
  readonly addresses: Readonly<Record<AddressReach, number>>;
  /** `unusable`: there is one, but its collation or partial filter keeps an exact look-up from using it. */
  readonly emailIndex: 'ok' | 'unusable' | 'missing';
  /** What to do about it, a sentence each; empty when all is well. */
  readonly advice: readonly string[];
}

const SAMPLE = 10_000;
/** Looking at many rows takes longer than serving one request may. */
const INSPECTION_TIMEOUT_MS = 30_000;
const NAMESPACE_NOT_FOUND = 26;

const emptyCounts = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

const emailIndexOf = async (
  collection: mongo.Collection<HostDocument>,
  emailField: string,
): Promise<HostReport['emailIndex']> => {
  const indexes = await collection.indexes().catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  });
  const onEmail = indexes.filter(({ key }) => Object.keys(key)[0] === emailField);
  if (onEmail.length === 0) return 'missing';

  const usable = onEmail.some(
    ({ key, collation, partialFilterExpression }) =>
      key[emailField] !== 'text' && !collation && !partialFilterExpression,
  );
  return usable ? 'ok' : 'unusable';
};

/** Looks at the host's users, read only and bounded: all of them up to `sample`, else that many at random. */
export const inspectHost = async (
  connection: Connection,
  { users: fields }: Pick<HostCollections, 'users'>,
  { sample = SAMPLE }: { sample?: number } = {},
): Promise<HostReport> => {
  const run = createRun(INSPECTION_TIMEOUT_MS);
  const collection = hostCollection(connection, fields.collection);
  const projection = projectionOf([fields.emailField, fields.passwordField]);

  const users = await run(() => collection.estimatedDocumentCount());
  const complete = users <= sample;
  const documents = await run(() =>
    complete
      ? collection.find({}, { projection }).limit(sample).toArray()
      : collection
          .aggregate<HostDocument>([{ $sample: { size: sample } }, { $project: projection }])
          .toArray(),
  );
  const emailIndex = await run(() => emailIndexOf(collection, fields.emailField));

  const passwordFormats = emptyCounts(PASSWORD_FORMATS);
  const addresses = emptyCounts<AddressReach>(['anyCase', 'asStored', 'unreachable', 'missing']);
  for (const document of documents) {
    passwordFormats[passwordFormat(valueAt(document, fields.passwordField))] += 1;
    addresses[addressReach(valueAt(document, fields.emailField))] += 1;
  }

  const found = { users, examined: documents.length, complete, passwordFormats, addresses, emailIndex };
  return { ...found, advice: hostAdvice(found) };
};
