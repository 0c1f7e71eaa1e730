import type { Doc } from '../bson/document.ts';
import { Fault, notImplemented } from '../errors.ts';
import { catalogCommands } from './catalog.ts';
import type { Command } from './command.ts';
import { diagnosticCommands } from './diagnostics.ts';
import { findAndModify } from './find-and-modify.ts';
import { readCommands } from './read.ts';
import { sessionCommands } from './session.ts';
import { writeCommands } from './write.ts';

/** Fields that any command may carry. */
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

/** Commands a server has and this one does not: the error says so, instead of calling them unknown. */
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

/** The command of that name; one that only a real server has is refused by another error than an unknown one. */
export const commandNamed = (name: string): Command => {
  const command = COMMANDS.get(name);
  if (command) return command;
  if (NOT_BUILT.has(name)) throw notImplemented(`the command ${name}`);
  throw new Fault(59, 'CommandNotFound', `no such command: '${name}'`);
};

/** Every field of a command is known to it, or an error. */
export const requireKnownFields = (command: Command, body: Doc, name: string): void => {
  for (const field of Object.keys(body)) {
    if (field === name || GENERIC.has(field) || command.fields.includes(field)) continue;
    if (command.refused?.includes(field)) {
      // `explain: false`, `tailable: false` and the like ask for nothing.
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
