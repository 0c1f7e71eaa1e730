import {
  assertReplicaSet,
  checkIndexes,
  checkSessions,
  differingSettings,
  inspectHost,
  type MongoConnection,
} from '@latchkey/mongo';
import { ConfigError, EngineError } from '@latchkey/runtime';
import type { HostCollections } from '@latchkey/settings';
import { advice, type Finding, ok, problem } from '../finding.ts';

type Connection = MongoConnection['connection'];

/** Checks replica set, indexes, the settings of the apps, and the users and sessions of the host application. Read only. */
export const checkMongo = async (connection: Connection, host: HostCollections): Promise<Finding[]> => [
  await replicaSet(connection),
  await indexes(connection),
  await settings(connection),
  ...(await users(connection, host)),
  await sessions(connection, host),
];

const replicaSet = async (connection: Connection): Promise<Finding> => {
  try {
    await assertReplicaSet(connection);
    return ok('MongoDB is a replica set, so transactions work');
  } catch (error) {
    if (error instanceof EngineError) return problem(`${error.message} ${error.remedy}`);
    throw error;
  }
};

const indexes = async (connection: Connection): Promise<Finding> => {
  const missing = await checkIndexes(connection);
  return missing.length === 0
    ? ok('all indexes of Latchkey exist')
    : problem(
        `missing or different indexes: ${missing.join('; ')}. Start an api or a worker once: it creates them`,
      );
};

const settings = async (connection: Connection): Promise<Finding> => {
  const names = await differingSettings(connection);
  return names.length === 0
    ? ok('api and worker were last started with the same settings')
    : problem(
        `api and worker were last started with different settings: ${names.join(', ')}. Give both the same values`,
      );
};

const users = async (connection: Connection, host: HostCollections): Promise<Finding[]> => {
  const report = await inspectHost(connection, host);
  const formats = Object.entries(report.passwordFormats)
    .filter(([, count]) => count > 0)
    .map(([format, count]) => `${count} ${format}`)
    .join(', ');
  const seen = `${report.users} users, ${report.examined} of them examined; passwords: ${formats || 'none'}`;
  return [
    ok(seen),
    ...report.problems.map(problem),
    ...report.advice.map((line) => (report.users === 0 ? problem(line) : advice(line))),
  ];
};

const sessions = async (connection: Connection, host: HostCollections): Promise<Finding> => {
  if (!host.sessions) return advice('SESSIONS_COLLECTION=none: a reset ends no session by itself');
  try {
    return (await checkSessions(connection, host)) > 0
      ? ok('sessions carry the id of their user')
      : advice(
          'there are no sessions: if a user is logged in now, SESSIONS_COLLECTION names the wrong collection',
        );
  } catch (error) {
    if (error instanceof ConfigError) return problem(error.problems.join('; '));
    throw error;
  }
};
