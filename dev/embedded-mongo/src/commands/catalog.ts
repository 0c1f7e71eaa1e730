import { plainScope } from '../aggregation/scope.ts';
import type { Doc } from '../bson/document.ts';
import { Fault, invalidOptions, namespaceNotFound } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { WriteBlocked } from '../store/blocked.ts';
import { describeIndex, ID_INDEX, parseIndexSpec } from '../store/index-spec.ts';
import { buildIndexes, describeIndexes, dropIndexes, missingIndexes } from '../store/indexes.ts';
import { collectionNameOf, databaseOf } from '../store/store.ts';
import {
  countArgument,
  docArgument,
  flagArgument,
  listArgument,
  namespaceOf,
  requireFields,
} from './arguments.ts';
import type { Call, Command } from './command.ts';

/** Like the lock of a server: a collection that an open transaction uses cannot be dropped or indexed. */
const requireUnused = ({ server }: Call, namespace: string): void => {
  for (const transaction of server.store.transactions)
    if (transaction.uses(namespace)) throw new WriteBlocked(transaction.ended);
};

const create: Command = {
  name: 'create',
  fields: ['collation', 'autoIndexId'],
  refused: [
    'capped',
    'size',
    'max',
    'validator',
    'validationLevel',
    'validationAction',
    'timeseries',
    'expireAfterSeconds',
    'clusteredIndex',
    'viewOn',
    'pipeline',
    'storageEngine',
    'indexOptionDefaults',
    'encryptedFields',
    'changeStreamPreAndPostImages',
    'idIndex',
  ],
  inTransaction: true,
  run: (call) => {
    const namespace = namespaceOf(call);
    return call.whenFree(() => {
      if (call.catalog.get(namespace))
        throw new Fault(48, 'NamespaceExists', `Collection ${namespace} already exists.`);
      call.catalog.ensure(namespace);
      return {};
    });
  },
};

const drop: Command = {
  name: 'drop',
  fields: [],
  run: (call) => {
    const namespace = namespaceOf(call);
    return call.whenFree(() => {
      requireUnused(call, namespace);
      const collection = call.server.store.get(namespace);
      if (!collection) return {};
      call.server.store.drop(namespace);
      return { nIndexesWas: collection.indexes.length, ns: namespace };
    });
  },
};

const dropDatabase: Command = {
  name: 'dropDatabase',
  fields: [],
  run: (call) =>
    call.whenFree(() => {
      const mine = call.server.store
        .namespaces()
        .filter((namespace) => databaseOf(namespace) === call.database);
      for (const namespace of mine) requireUnused(call, namespace);
      for (const namespace of mine) call.server.store.drop(namespace);
      return { dropped: call.database };
    }),
};

const matching = (docs: readonly Doc[], filter: unknown): Doc[] => {
  const matches = compileFilter(docArgument(filter, 'filter'), plainScope());
  return docs.filter((doc) => matches(doc));
};

const listCollections: Command = {
  name: 'listCollections',
  fields: ['filter', 'nameOnly', 'cursor', 'authorizedCollections'],
  run: (call) => {
    const { command, database, server } = call;
    const cursor = docArgument(command['cursor'], 'cursor');
    requireFields(cursor, 'listCollections.cursor', { known: ['batchSize'] });
    const all = [...server.store.collections()]
      .filter(({ namespace }) => databaseOf(namespace) === database)
      .map(({ namespace, uuid }) => ({
        name: collectionNameOf(namespace),
        type: 'collection',
        options: {},
        info: { readOnly: false, uuid },
        idIndex: describeIndex(ID_INDEX),
      }));
    const found = matching(all, command['filter']);
    const nameOnly = flagArgument(command['nameOnly'], 'nameOnly');
    return server.cursors.open({
      namespace: `${database}.$cmd.listCollections`,
      docs: nameOnly ? found.map(({ name, type }) => ({ name, type })) : found,
      owner: call.sessionKey,
      batchSize: countArgument(cursor['batchSize'], 'batchSize', Number.POSITIVE_INFINITY),
    });
  },
};

const listDatabases: Command = {
  name: 'listDatabases',
  fields: ['filter', 'nameOnly', 'authorizedDatabases'],
  run: ({ command, server }) => {
    const names = [...new Set(server.store.namespaces().map(databaseOf))].sort();
    const found = matching(
      names.map((name) => ({ name, sizeOnDisk: 0, empty: false })),
      command['filter'],
    );
    if (flagArgument(command['nameOnly'], 'nameOnly'))
      return { databases: found.map(({ name }) => ({ name })) };
    return { databases: found, totalSize: 0, totalSizeMb: 0 };
  },
};

const createIndexes: Command = {
  name: 'createIndexes',
  fields: ['indexes', 'commitQuorum'],
  inTransaction: true,
  run: (call) => {
    const namespace = namespaceOf(call);
    const wanted = listArgument(call.command['indexes'], 'indexes').map(parseIndexSpec);
    if (wanted.length === 0) throw new Fault(2, 'BadValue', 'Must specify at least one index to create');
    const { transaction, server } = call;

    if (transaction) {
      const isNew = transaction.creating(namespace) || !transaction.get(namespace);
      const view = transaction.ensure(namespace);
      const before = view.indexes.length;
      const missing = missingIndexes(view.indexes, wanted);
      if (missing.length > 0 && !isNew)
        throw new Fault(
          263,
          'OperationNotSupportedInTransaction',
          `Cannot create new indexes on existing collection ${namespace} in a multi-document transaction.`,
        );
      for (const _ of view.all())
        if (missing.length > 0)
          throw new Fault(
            263,
            'OperationNotSupportedInTransaction',
            `Cannot create new indexes on non-empty collection ${namespace} in a multi-document transaction.`,
          );
      transaction.createIndexes(namespace, missing);
      return {
        numIndexesBefore: before,
        numIndexesAfter: view.indexes.length,
        createdCollectionAutomatically: before === 1 && isNew,
      };
    }

    return call.whenFree(() => {
      const existing = server.store.get(namespace);
      const missing = missingIndexes(existing?.indexes ?? [], wanted);
      if (missing.length > 0) requireUnused(call, namespace);
      const collection = server.store.ensure(namespace);
      const numIndexesBefore = collection.indexes.length;
      buildIndexes(collection, missing);
      return {
        numIndexesBefore,
        numIndexesAfter: collection.indexes.length,
        createdCollectionAutomatically: !existing,
        ...(missing.length === 0 && { note: 'all indexes already exist' }),
      };
    });
  },
};

const listIndexes: Command = {
  name: 'listIndexes',
  fields: ['cursor'],
  run: (call) => {
    const namespace = namespaceOf(call);
    const collection = call.server.store.get(namespace);
    if (!collection) throw namespaceNotFound(`ns does not exist: ${namespace}`);
    const cursor = docArgument(call.command['cursor'], 'cursor');
    return call.server.cursors.open({
      namespace,
      docs: describeIndexes(collection.indexes),
      owner: call.sessionKey,
      batchSize: countArgument(cursor['batchSize'], 'batchSize', Number.POSITIVE_INFINITY),
    });
  },
};

const dropIndexesCommand: Command = {
  name: 'dropIndexes',
  fields: ['index'],
  run: (call) => {
    const namespace = namespaceOf(call);
    if (call.command['index'] === undefined) throw invalidOptions('dropIndexes needs an index');
    return call.whenFree(() => {
      requireUnused(call, namespace);
      const collection = call.server.store.get(namespace);
      if (!collection) throw namespaceNotFound(`ns not found ${namespace}`);
      const nIndexesWas = collection.indexes.length;
      dropIndexes(collection, call.command['index']);
      return { nIndexesWas };
    });
  },
};

export const catalogCommands: readonly Command[] = [
  create,
  drop,
  dropDatabase,
  listCollections,
  listDatabases,
  createIndexes,
  listIndexes,
  dropIndexesCommand,
];
