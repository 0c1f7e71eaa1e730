import type { Doc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { integerArgument } from '../bson/numbers.ts';
import { Fault, failedToParse, invalidOptions, toFault } from '../errors.ts';
import { findDocs } from '../query/find.ts';
import { acceptDocument, fillTimestamps } from '../store/accept.ts';
import { runUpdate } from '../update/run.ts';
import {
  flagArgument,
  listArgument,
  namespaceOf,
  requireFields,
  requireFilter,
  requireSimpleCollation,
} from './arguments.ts';
import type { Call, Command } from './command.ts';

const MAX_STATEMENTS = 100_000;
/** Size of all error messages in one reply. As on a server, further errors have no message, so the reply stays small enough. */
const MOST_MESSAGE_BYTES = 1024 * 1024;

/** The result of one statement. The session keeps it, so that a retried statement is answered and not run again. */
type Outcome = { n: number; nModified?: number; upserted?: unknown };

const isOutcome = (value: unknown): value is Outcome =>
  typeof value === 'object' && value !== null && 'n' in value;

/** Runs the statements of a write command in order and collects their errors. Repeated statements are answered from memory. */
const runStatements = async (
  call: Call,
  statements: readonly Doc[],
  each: (statement: Doc) => Outcome,
): Promise<Doc> => {
  if (statements.length === 0 || statements.length > MAX_STATEMENTS)
    throw new Fault(
      16,
      'InvalidLength',
      `Write batch sizes must be between 1 and ${MAX_STATEMENTS}. Got ${statements.length} operations.`,
    );
  const ordered = flagArgument(call.command['ordered'], 'ordered', true);
  const outcomes: { index: number; outcome: Outcome }[] = [];
  const writeErrors: Doc[] = [];
  const retriedStmtIds: number[] = [];
  let messageBytes = 0;

  for (const [index, statement] of statements.entries()) {
    const earlier = call.answered?.get(index);
    if (isOutcome(earlier)) {
      outcomes.push({ index, outcome: earlier });
      retriedStmtIds.push(index);
      continue;
    }
    try {
      const running = call.whenFree(() => each(statement));
      const outcome = running instanceof Promise ? await running : running;
      call.answered?.set(index, outcome);
      outcomes.push({ index, outcome });
    } catch (error) {
      const fault = toFault(error);
      if (call.transaction || fault.code === 1) throw error;
      messageBytes += fault.message.length;
      const errmsg = messageBytes > MOST_MESSAGE_BYTES && writeErrors.length > 1 ? '' : fault.message;
      writeErrors.push({ index, code: fault.code, errmsg, ...fault.extra });
      if (ordered) break;
    }
  }

  const upserted = outcomes.flatMap(({ index, outcome }) =>
    'upserted' in outcome ? [{ index, _id: outcome.upserted }] : [],
  );
  return {
    n: outcomes.reduce((sum, { outcome }) => sum + outcome.n, 0),
    ...(call.name === 'update' && {
      nModified: outcomes.reduce((sum, { outcome }) => sum + (outcome.nModified ?? 0), 0),
    }),
    ...(upserted.length > 0 && { upserted }),
    ...(writeErrors.length > 0 && { writeErrors }),
    ...(retriedStmtIds.length > 0 && { retriedStmtIds }),
  };
};

const requireSingle = (call: Call, many: boolean): void => {
  if (many && call.answered) throw invalidOptions('Cannot use retryable writes with multi=true or limit=0');
};

const insert: Command = {
  name: 'insert',
  fields: ['documents', 'ordered', 'bypassDocumentValidation'],
  refused: ['stmtId', 'stmtIds', 'encryptionInformation'],
  inTransaction: true,
  retryable: true,
  run: (call) => {
    const namespace = namespaceOf(call);
    return runStatements(call, listArgument(call.command['documents'], 'documents'), (statement) => {
      const doc = acceptDocument(fillTimestamps(statement));
      call.catalog.ensure(namespace).insert(doc);
      return { n: 1 };
    });
  },
};

const update: Command = {
  name: 'update',
  fields: ['updates', 'ordered', 'bypassDocumentValidation', 'let'],
  refused: ['stmtId', 'stmtIds', 'encryptionInformation'],
  inTransaction: true,
  retryable: true,
  run: (call) => {
    const namespace = namespaceOf(call);
    return runStatements(call, listArgument(call.command['updates'], 'updates'), (statement) => {
      requireFields(statement, 'update.updates', {
        known: ['q', 'u', 'multi', 'upsert', 'arrayFilters', 'hint', 'collation'],
        refused: ['c'],
      });
      requireSimpleCollation(statement['collation']);
      const multi = flagArgument(statement['multi'], 'multi');
      requireSingle(call, multi);
      const { matched, modified, upserted } = runUpdate(call.catalog, {
        namespace,
        filter: requireFilter(statement['q'], 'q'),
        change: statement['u'],
        arrayFilters: statement['arrayFilters'],
        hint: statement['hint'],
        multi,
        upsert: flagArgument(statement['upsert'], 'upsert'),
        scope: call.scope,
        checkTime: call.checkTime,
      });
      return upserted ? { n: 1, nModified: 0, upserted: upserted._id } : { n: matched, nModified: modified };
    });
  },
};

const remove: Command = {
  name: 'delete',
  fields: ['deletes', 'ordered', 'let'],
  refused: ['stmtId', 'stmtIds', 'encryptionInformation'],
  inTransaction: true,
  retryable: true,
  run: (call) => {
    const namespace = namespaceOf(call);
    return runStatements(call, listArgument(call.command['deletes'], 'deletes'), (statement) => {
      requireFields(statement, 'delete.deletes', { known: ['q', 'limit', 'hint', 'collation'] });
      requireSimpleCollation(statement['collation']);
      const limit = integerArgument(statement['limit'], 'limit');
      if (limit !== 0 && limit !== 1)
        throw failedToParse(`The limit field in delete objects must be 0 or 1. Got ${limit}`);
      requireSingle(call, limit === 0);
      const view = call.catalog.get(namespace);
      const docs = findDocs(view, {
        filter: requireFilter(statement['q'], 'q'),
        scope: call.scope,
        checkTime: call.checkTime,
        hint: statement['hint'],
        limit,
      });
      // A statement has all of its effects or none, because after a wait for a transaction the whole statement runs again.
      for (const doc of docs) view?.requireWritable(keyOf(doc._id));
      for (const doc of docs) view?.remove(doc);
      return { n: docs.length };
    });
  },
};

export const writeCommands: readonly Command[] = [insert, update, remove];
