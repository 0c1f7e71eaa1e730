import { connectMongo } from '@latchkey/mongo';
import { createRedisConnection } from '@latchkey/queue';
import { hostCollections } from '@latchkey/runtime';
import { checkMongo } from './checks/check-mongo.ts';
import { checkRedis } from './checks/check-redis.ts';
import { checkRelay } from './checks/check-relay.ts';
import { checkWork } from './checks/check-work.ts';
import type { DoctorEnv } from './env.ts';
import { type Finding, problem } from './finding.ts';

const QUIET = { info: () => undefined, warn: () => undefined };

/** Everything the doctor looks at, one engine after the other; an engine that is away costs only its own part. */
export async function* examine(env: DoctorEnv): AsyncGenerator<Finding> {
  yield* await mongo(env);
  yield* await redis(env);
  yield await checkRelay(env.SMTP_URL, env.MAIL_FROM);
}

const mongo = async (env: DoctorEnv): Promise<Finding[]> => {
  const connected = await connectMongo({
    uri: env.MONGODB_URI,
    appName: 'latchkey-doctor',
    log: QUIET,
  }).catch(() => undefined);
  if (!connected) return [problem('MongoDB cannot be reached: start it, or correct MONGODB_URI')];
  try {
    const { connection } = connected;
    return [
      ...(await checkMongo(connection, hostCollections(env))),
      ...(await checkWork(connection, new Date())),
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
