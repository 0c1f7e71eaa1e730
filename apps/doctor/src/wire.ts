import { connectMongo, readDatabaseTime } from '@latchkey/mongo';
import { createRedisConnection } from '@latchkey/queue';
import { ConfigError, compareClocks, silentLog } from '@latchkey/runtime';
import { hostCollections } from '@latchkey/settings';
import { checkClock } from './checks/check-clock.ts';
import { checkMongo } from './checks/check-mongo.ts';
import { checkRedis } from './checks/check-redis.ts';
import { checkRelay } from './checks/check-relay.ts';
import { checkWork } from './checks/check-work.ts';
import type { DoctorEnv } from './env.ts';
import { type Finding, problem } from './finding.ts';

/** Runs all checks, one engine after the other. If one engine cannot be reached, the checks of the others still run. */
export async function* examine(env: DoctorEnv): AsyncGenerator<Finding> {
  yield* await lookAt('MongoDB', () => mongo(env));
  yield* await lookAt('Redis', () => redis(env));
  yield await checkRelay(env.SMTP_URL, env.MAIL_FROM);
}

/** Runs the checks of one engine. An error of the engine becomes a finding, so the other engines are still checked. */
const lookAt = async (engine: string, look: () => Promise<Finding[]>): Promise<Finding[]> => {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return [
      problem(
        `${engine} could not be checked (${reasonOf(error)}): is it running, and may this user read it?`,
      ),
    ];
  }
};

/** The code of an error. Its text is never shown, because drivers quote commands and documents in it. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'codeName' in error ? error.codeName : 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && code !== '') return code;

  return /^[A-Z]{3,}(?= )/.exec(error.message)?.[0] ?? error.name;
};

const mongo = async (env: DoctorEnv): Promise<Finding[]> => {
  const connected = await connectMongo({
    uri: env.MONGODB_URI,
    appName: 'latchkey-doctor',
    log: silentLog,
  }).catch(() => undefined);
  if (!connected) return [problem('MongoDB cannot be reached: start it, or correct MONGODB_URI')];
  try {
    const { connection } = connected;
    const compared = await compareClocks(() => readDatabaseTime(connection));
    return [
      checkClock(compared),
      ...(await checkMongo(connection, hostCollections(env))),
      ...(await checkWork(connection, compared.clock.now())),
    ];
  } finally {
    await connected.close();
  }
};

const redis = async (env: DoctorEnv): Promise<Finding[]> => {
  const connection = createRedisConnection({ redisUrl: env.REDIS_URL, role: 'producer', name: 'doctor' });
  try {
    if (!(await becomesReady(connection)))
      return [problem('Redis cannot be reached: start it, or correct REDIS_URL')];
    return await checkRedis(connection);
  } finally {
    connection.disconnect();
  }
};

const READY_WITHIN_MS = 3_000;

const becomesReady = (connection: ReturnType<typeof createRedisConnection>): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), READY_WITHIN_MS);
    connection.once('ready', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
