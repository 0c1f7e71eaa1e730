import { hostname } from 'node:os';
import { Long, ObjectId } from 'bson';
import type { Doc } from '../bson/document.ts';
import { SESSION_TIMEOUT_MINUTES } from '../sessions/sessions.ts';
import { MAX_DOCUMENT_BYTES } from '../store/accept.ts';
import { MAX_MESSAGE_BYTES } from '../wire/framing.ts';
import { flagArgument } from './arguments.ts';
import type { Call, Command } from './command.ts';

export const REPLICA_SET = 'rs0';
/** The version of the server whose behaviour is implemented. */
const VERSION = '7.0.0';
const WIRE_VERSION = 21;

/** One primary, the only member of its replica set. It sends no topologyVersion, so that drivers poll. */
const hello = ({ server, name, command }: Call): Doc => {
  const me = server.address();
  return {
    ...(command['helloOk'] === true && { helloOk: true }),
    [name === 'hello' ? 'isWritablePrimary' : 'ismaster']: true,
    setName: REPLICA_SET,
    setVersion: 1,
    hosts: [me],
    primary: me,
    me,
    secondary: false,
    electionId: new ObjectId('7fffffff0000000000000001'),
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: SESSION_TIMEOUT_MINUTES,
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION,
    readOnly: false,
  };
};

const replicaSetStatus = ({ server }: Call): Doc => ({
  set: REPLICA_SET,
  date: new Date(),
  myState: 1,
  members: [{ _id: 0, name: server.address(), health: 1, state: 1, stateStr: 'PRIMARY', self: true }],
});

const buildInfo = (): Doc => ({
  version: VERSION,
  gitVersion: 'embedded',
  modules: ['embedded'],
  versionArray: VERSION.split('.').map(Number).concat(0),
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  bits: 64,
  debug: false,
});

const serverStatus = ({ server }: Call): Doc => {
  const uptimeMillis = Date.now() - server.startedAt;
  return {
    host: server.address(),
    version: VERSION,
    process: 'embedded-mongo',
    pid: Long.fromNumber(process.pid),
    uptime: Math.floor(uptimeMillis / 1000),
    uptimeMillis: Long.fromNumber(uptimeMillis),
    localTime: new Date(),
    storageEngine: { name: 'embedded', persistent: false, supportsCommittedReads: true },
    repl: { setName: REPLICA_SET, isWritablePrimary: true, hosts: [server.address()], me: server.address() },
  };
};

const getParameter = ({ command }: Call): Doc =>
  flagArgument(command['featureCompatibilityVersion'], 'featureCompatibilityVersion')
    ? { featureCompatibilityVersion: { version: '7.0' } }
    : {};

export const diagnosticCommands: readonly Command[] = [
  {
    name: 'hello',
    aliases: ['isMaster', 'ismaster'],
    lenient: true,
    fields: [],
    refused: ['speculativeAuthenticate'],
    run: hello,
  },
  { name: 'ping', fields: [], run: () => ({}) },
  { name: 'buildInfo', aliases: ['buildinfo'], fields: [], run: buildInfo },
  { name: 'hostInfo', fields: [], run: () => ({ system: { hostname: hostname() } }) },
  { name: 'getParameter', fields: ['featureCompatibilityVersion'], run: getParameter },
  {
    name: 'connectionStatus',
    fields: ['showPrivileges'],
    run: () => ({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } }),
  },
  { name: 'replSetGetStatus', fields: ['initialSync'], run: replicaSetStatus },
  {
    name: 'serverStatus',
    fields: [
      'repl',
      'metrics',
      'locks',
      'asserts',
      'connections',
      'opcounters',
      'mem',
      'network',
      'wiredTiger',
      'storageEngine',
      'transactions',
    ],
    run: serverStatus,
  },
];
