import type { Doc } from '../bson/document.ts';
import { failedToParse, notImplemented } from '../errors.ts';
import { findMatches } from '../query/find.ts';
import { compileProjection } from '../query/projection.ts';
import type { StoredDoc } from '../store/view.ts';
import { runUpdate } from '../update/run.ts';
import { docArgument, flagArgument, namespaceOf } from './arguments.ts';
import type { Call, Command } from './command.ts';

const attempt = (call: Call): Doc => {
  const { command, catalog, scope, checkTime } = call;
  const namespace = namespaceOf(call);
  const filter = docArgument(command['query'], 'query');
  const remove = flagArgument(command['remove'], 'remove');
  const upsert = flagArgument(command['upsert'], 'upsert');
  const wantsNew = flagArgument(command['new'], 'new');
  if (remove === 'update' in command)
    throw failedToParse('Either an update or remove=true must be specified, and not both');
  if (remove && (upsert || wantsNew))
    throw failedToParse('Cannot specify upsert=true or new=true together with remove=true');
  if (remove && 'arrayFilters' in command) throw failedToParse('Cannot specify arrayFilters and remove=true');
  const fields = docArgument(command['fields'], 'fields');
  if (Object.keys(fields).some((path) => path.endsWith('.$')))
    throw notImplemented('a positional projection in findAndModify');
  const project = compileProjection(fields, scope);
  const shaped = (doc: StoredDoc | null | undefined): Doc | null => (doc ? project(doc) : null);

  if (remove) {
    const view = catalog.get(namespace);
    const [match] = findMatches(view, {
      filter,
      scope,
      checkTime,
      sort: command['sort'],
      hint: command['hint'],
      limit: 1,
    });
    if (match) view?.remove(match.doc);
    return { lastErrorObject: { n: match ? 1 : 0 }, value: shaped(match?.doc) };
  }

  const { matched, upserted, before, after } = runUpdate(catalog, {
    namespace,
    filter,
    change: command['update'],
    arrayFilters: command['arrayFilters'],
    sort: command['sort'],
    hint: command['hint'],
    multi: false,
    upsert,
    scope,
    checkTime,
  });
  const n = matched > 0 || upserted ? 1 : 0;
  return {
    lastErrorObject: { n, updatedExisting: matched > 0, ...(upserted && { upserted: upserted._id }) },
    value: shaped(wantsNew ? after : before),
  };
};

export const findAndModify: Command = {
  name: 'findAndModify',
  aliases: ['findandmodify'],
  fields: [
    'query',
    'sort',
    'remove',
    'update',
    'new',
    'fields',
    'upsert',
    'bypassDocumentValidation',
    'collation',
    'arrayFilters',
    'hint',
    'let',
  ],
  refused: ['stmtId', 'encryptionInformation'],
  inTransaction: true,
  retryable: true,
  run: async (call) => {
    const earlier = call.answered?.get(0);
    if (earlier) return { ...earlier, retriedStmtId: 0 };
    const reply = await call.whenFree(() => attempt(call));
    call.answered?.set(0, reply);
    return reply;
  },
};
