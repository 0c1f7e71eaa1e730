import { calculateObjectSize } from 'bson';
import { compilePipeline, type PipelineContext } from '../aggregation/pipeline.ts';
import { type Doc, isDoc } from '../bson/document.ts';
import { keyOf } from '../bson/key.ts';
import { integerArgument } from '../bson/numbers.ts';
import { valuesAt } from '../bson/path.ts';
import { badValue, Fault, failedToParse, notImplemented } from '../errors.ts';
import { findDocs, findMatches } from '../query/find.ts';
import { compileProjection } from '../query/projection.ts';
import { DEFAULT_BATCH } from '../sessions/cursors.ts';
import { MAX_DOCUMENT_BYTES } from '../store/accept.ts';
import { countArgument, docArgument, flagArgument, namespaceOf, requireFields } from './arguments.ts';
import type { Command } from './command.ts';

const find: Command = {
  name: 'find',
  fields: [
    'filter',
    'sort',
    'projection',
    'hint',
    'skip',
    'limit',
    'batchSize',
    'singleBatch',
    'collation',
    'let',
    'allowDiskUse',
    'noCursorTimeout',
    'allowPartialResults',
  ],
  refused: [
    'max',
    'min',
    'returnKey',
    'showRecordId',
    'tailable',
    'awaitData',
    'oplogReplay',
    'term',
    'readOnce',
    'resumeAfter',
    'requestResumeToken',
  ],
  inTransaction: true,
  run: (call) => {
    const { command, catalog, scope, checkTime } = call;
    const namespace = namespaceOf(call);
    const project = compileProjection(docArgument(command['projection'], 'projection'), scope);
    const matches = findMatches(catalog.get(namespace), {
      filter: docArgument(command['filter'], 'filter'),
      scope,
      checkTime,
      sort: command['sort'],
      hint: command['hint'],
      skip: countArgument(command['skip'], 'skip', 0),
      limit: countArgument(command['limit'], 'limit', 0),
    });
    return call.server.cursors.open({
      namespace,
      docs: matches.map(({ doc, hit }) => project(doc, hit)),
      owner: call.sessionKey,
      batchSize: countArgument(command['batchSize'], 'batchSize', DEFAULT_BATCH),
      singleBatch: flagArgument(command['singleBatch'], 'singleBatch'),
    });
  },
};

/** Stages that are allowed only as the first stage, because they read documents directly from a collection. */
const leadingMatch = (stages: readonly unknown[]): Doc | undefined => {
  const [first] = stages;
  return isDoc(first) && isDoc(first['$match']) && Object.keys(first).length === 1
    ? first['$match']
    : undefined;
};

const aggregate: Command = {
  name: 'aggregate',
  fields: ['pipeline', 'cursor', 'collation', 'hint', 'let', 'allowDiskUse', 'bypassDocumentValidation'],
  refused: ['explain', 'exchange', 'fromMongos', 'needsMerge', 'isMapReduceCommand'],
  inTransaction: true,
  run: (call) => {
    const { command, catalog, database, scope, checkTime } = call;
    const stages = command['pipeline'];
    if (!Array.isArray(stages))
      throw new Fault(14, 'TypeMismatch', "'pipeline' option must be specified as an array");
    if (!('cursor' in command))
      throw failedToParse("The 'cursor' option is required, except for aggregate with the explain argument");
    const cursor = docArgument(command['cursor'], 'cursor');
    requireFields(cursor, 'aggregate.cursor', { known: ['batchSize'] });
    const context: PipelineContext = {
      scope,
      checkTime,
      find: (name, filter) => findDocs(catalog.get(`${database}.${name}`), { filter, scope, checkTime }),
    };
    const onDatabase = typeof command['aggregate'] !== 'string';
    if (onDatabase && stages.length === 0)
      throw failedToParse('{aggregate: 1} is not valid for an empty pipeline.');
    // Unknown stages ($changeStream, $out, ...) are refused first, then every aggregation without a collection.
    const run = compilePipeline(stages, context);
    if (onDatabase) throw notImplemented('aggregation without a collection');

    const namespace = namespaceOf(call);
    const match = leadingMatch(stages);
    const docs = findDocs(catalog.get(namespace), {
      filter: match ?? {},
      scope,
      checkTime,
      hint: command['hint'],
    });
    return call.server.cursors.open({
      namespace,
      docs: match ? compilePipeline(stages.slice(1), context)(docs) : run(docs),
      owner: call.sessionKey,
      batchSize: countArgument(cursor['batchSize'], 'batchSize', DEFAULT_BATCH),
    });
  },
};

const count: Command = {
  name: 'count',
  fields: ['query', 'limit', 'skip', 'hint', 'collation'],
  refused: ['fields'],
  run: (call) => {
    const limit = call.command['limit'] === undefined ? 0 : integerArgument(call.command['limit'], 'limit');
    const docs = findDocs(call.catalog.get(namespaceOf(call)), {
      filter: docArgument(call.command['query'], 'query'),
      scope: call.scope,
      checkTime: call.checkTime,
      hint: call.command['hint'],
      skip: countArgument(call.command['skip'], 'skip', 0),
      limit: Math.abs(limit),
    });
    return { n: docs.length };
  },
};

const distinct: Command = {
  name: 'distinct',
  fields: ['key', 'query', 'collation', 'hint'],
  inTransaction: true,
  run: (call) => {
    const { key } = call.command;
    if (typeof key !== 'string' || key === '') throw badValue("'key' must be a non-empty string");
    const docs = findDocs(call.catalog.get(namespaceOf(call)), {
      filter: docArgument(call.command['query'], 'query'),
      scope: call.scope,
      checkTime: call.checkTime,
      hint: call.command['hint'],
    });
    const found = new Map<string, unknown>();
    for (const doc of docs)
      for (const value of valuesAt(doc, key.split('.')).values)
        if (value !== undefined) found.set(keyOf(value), found.get(keyOf(value)) ?? value);
    const values = [...found.values()];
    if (calculateObjectSize({ values }) > MAX_DOCUMENT_BYTES)
      throw new Fault(17217, 'Location17217', 'distinct too big, 16mb cap');
    return { values };
  },
};

const getMore: Command = {
  name: 'getMore',
  fields: ['collection', 'batchSize'],
  refused: ['term', 'lastKnownCommittedOpTime'],
  inTransaction: true,
  run: (call) => {
    const { command, database } = call;
    if (typeof command['collection'] !== 'string') throw badValue("'collection' must be a string");
    return call.server.cursors.more({
      id: String(command['getMore']),
      namespace: `${database}.${command['collection']}`,
      owner: call.sessionKey,
      batchSize: countArgument(command['batchSize'], 'batchSize', 0) || Number.POSITIVE_INFINITY,
    });
  },
};

const killCursors: Command = {
  name: 'killCursors',
  fields: ['cursors'],
  inTransaction: true,
  run: (call) => {
    const { cursors } = call.command;
    if (!Array.isArray(cursors)) throw badValue("'cursors' must be an array");
    const cursorsKilled = cursors.filter((id) => call.server.cursors.kill(String(id)));
    return {
      cursorsKilled,
      cursorsNotFound: cursors.filter((id) => !cursorsKilled.includes(id)),
      cursorsAlive: [],
      cursorsUnknown: [],
    };
  },
};

export const readCommands: readonly Command[] = [find, aggregate, count, distinct, getMore, killCursors];
