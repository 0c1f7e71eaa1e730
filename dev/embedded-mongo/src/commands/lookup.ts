import type { Doc } from '../bson/document.ts';
import { Fault, notImplemented } from '../errors.ts';
import { catalogCommands } from './catalog.ts';
import type { Command } from './command.ts';
import { diagnosticCommands } from './diagnostics.ts';
import { findAndModify } from './find-and-modify.ts';
import { readCommands } from './read.ts';
import { sessionCommands } from './session.ts';
import { writeCommands } from './write.ts';

/** Fields that every command may have. */
const GENERIC = new Set([
  '$db',
  'lsid',
  'txnNumber',
  'autocommit',
  'startTransaction',
  '$clusterTime',
  '$readPreference',
  'readConcern',
  'writeConcern',
  'maxTimeMS',
  'comment',
  'apiVersion',
]);
const REFUSED_EVERYWHERE = new Set(['apiStrict', 'apiDeprecationErrors', '$queryOptions', 'rawData']);

/** Commands that only a real server has. Their error says that they are not implemented, instead of unknown. */
const NOT_BUILT = new Set([
  'explain',
  'collMod',
  'renameCollection',
  'mapReduce',
  'validate',
  'currentOp',
  'killOp',
  'collStats',
  'dbStats',
  'top',
  'profile',
  'bulkWrite',
  'createUser',
  'usersInfo',
  'saslStart',
  'saslContinue',
  'authenticate',
  'logout',
  'killAllSessions',
  'killAllSessionsByPattern',
  'fsync',
  'compact',
  'reIndex',
  'convertToCapped',
  'cloneCollectionAsCapped',
  'dataSize',
  'setParameter',
  'shutdown',
  'getLog',
  'createSearchIndexes',
  'listCommands',
  'whatsmyuri',
  'getCmdLineOpts',
  'replSetInitiate',
  'replSetReconfig',
  'replSetStepDown',
  'setFeatureCompatibilityVersion',
  'filemd5',
  'planCacheClear',
]);

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...diagnosticCommands,
    ...sessionCommands,
    ...catalogCommands,
    ...writeCommands,
    ...readCommands,
    findAndModify,
  ].flatMap((command) => [command.name, ...(command.aliases ?? [])].map((name) => [name, command] as const)),
);

/** Finds the command of that name. A command that only a real server has gets another error than an unknown one. */
export const commandNamed = (name: string): Command => {
  const command = COMMANDS.get(name);
  if (command) return command;
  if (NOT_BUILT.has(name)) throw notImplemented(`the command ${name}`);
  throw new Fault(59, 'CommandNotFound', `no such command: '${name}'`);
};

/** Throws if the command has an unknown field. */
export const requireKnownFields = (command: Command, body: Doc, name: string): void => {
  for (const field of Object.keys(body)) {
    if (field === name || GENERIC.has(field) || command.fields.includes(field)) continue;
    if (command.refused?.includes(field)) {
      // `explain: false`, `tailable: false` and similar fields have no effect.
      if (body[field] === false) continue;
      throw notImplemented(`${name}.${field}`);
    }
    if (command.lenient) continue;
    if (REFUSED_EVERYWHERE.has(field)) throw notImplemented(field);
    throw new Fault(40415, 'Location40415', `BSON field '${name}.${field}' is an unknown field.`);
  }
  if (body['apiVersion'] !== undefined && body['apiVersion'] !== '1')
    throw new Fault(322, 'APIVersionError', 'API version must be "1"');
};
