import { compareSettings, createMongoStore, openMongo, readDatabaseTime } from '@latchkey/mongo';
import {
  assembleApi,
  commonPasswordCount,
  createIdentifiers,
  createPasswordPolicy,
} from '@latchkey/password-reset';
import { createBreaker, createProducer, createRedisConnection } from '@latchkey/queue';
import {
  assertNoCluster,
  createHealth,
  createLogger,
  createRegistry,
  type MainContext,
  startDatabaseClock,
  startHttpServer,
  startMetricsServer,
  waitForEngine,
  watchClock,
} from '@latchkey/runtime';
import { hostCollections, sharedSettings } from '@latchkey/settings';
import { createApi } from './app.ts';
import { createClientAddress } from './client/client-address.ts';
import { createClientOf } from './client/networks.ts';
import { proxyWarning } from './client/report-unresolved.ts';
import { parseApiEnv } from './env.ts';
import { loadGraphiQL } from './graphiql.ts';
import { createPasswordHasher } from './hashing/password-hasher.ts';
import { createApiMetrics } from './metrics.ts';
import { createLimits } from './rate-limit/limits.ts';
import { limitPolicies } from './rate-limit/policies.ts';

/** Runs the API: reads the environment, connects the parts, listens, and registers how to stop. */
export const wireApi = async ({ onStop, configure, signal }: MainContext): Promise<void> => {
  const env = parseApiEnv(process.env);
  const log = createLogger({
    name: 'api',
    level: env.LOG_LEVEL,
    pretty: env.mode !== 'production' && process.stdout.isTTY,
  });
  configure({ log, shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT });
  const noProxies = proxyWarning({ mode: env.mode, host: env.HOST, trustedProxies: env.TRUSTED_PROXIES });
  for (const warning of noProxies === undefined ? env.warnings : [...env.warnings, noProxies]) {
    log.warn({ event: 'config.warning' }, warning);
  }

  const host = hostCollections(env);

  // Engines
  const mongo = await waitForEngine({
    engine: 'MongoDB',
    attempt: () => openMongo({ uri: env.MONGODB_URI, appName: 'latchkey-api', endsSessionsOf: host, log }),
    remedy: 'Start it, or correct MONGODB_URI.',
    log,
    signal,
  });
  onStop('MongoDB', () => mongo.close());
  const clock = await waitForEngine({
    engine: 'MongoDB',
    attempt: () => startDatabaseClock({ readTime: () => readDatabaseTime(mongo.connection), log }),
    remedy: 'Start it, or correct MONGODB_URI.',
    log,
    signal,
  });
  onStop('clock', () => clock.stop());
  await compareSettings({
    connection: mongo.connection,
    app: 'api',
    settings: sharedSettings(env),
    clock,
    log,
  });

  const breaker = createBreaker({
    onChange: (state) => log.debug({ event: 'redis.breaker', state }, 'breaker'),
  });
  const redis = createRedisConnection({
    redisUrl: env.REDIS_URL,
    role: 'producer',
    name: 'limiter',
    log,
  });
  onStop('limiter', () => redis.disconnect());
  const producer = createProducer({
    redisUrl: env.REDIS_URL,
    prefix: env.QUEUE_PREFIX,
    breaker,
    clock,
    log,
  });
  onStop('queue', () => producer.close());
  await waitForEngine({
    engine: 'Redis',
    attempt: () => producer.ping().then(() => assertNoCluster(producer)),
    remedy: 'Start it, or correct REDIS_URL.',
    log,
    signal,
  });

  const hasher = createPasswordHasher({
    cost: env.BCRYPT_COST,
    onDone: (kind) => metrics.hashing.inc({ kind }),
  });
  onStop('hashing', () => hasher.close());

  // Metrics and health
  const registry = createRegistry();
  watchClock(registry, clock);
  const metrics = {
    registry,
    ...createApiMetrics(registry, { breaker: () => breaker.state, hashingQueued: () => hasher.queued }),
  };
  const health = createHealth({
    checks: [
      { name: 'mongo', required: true, check: () => mongo.ping().then(() => true) },
      { name: 'redis', required: false, check: () => producer.ping().then(() => true) },
    ],
  });

  // The flow
  const store = createMongoStore({ connection: mongo.connection, host });
  const identifiers = createIdentifiers({ key: env.IDENTIFIER_HMAC_KEY });
  const policy = createPasswordPolicy({
    minLength: env.PASSWORD_MIN_LENGTH,
    normalization: env.PASSWORD_NORMALIZATION,
  });
  const limits = createLimits({
    policies: limitPolicies(env),
    redis,
    breaker,
    keyPrefix: env.QUEUE_PREFIX.replace(/[{}]/g, ''),
    onFallback: (name) => metrics.fallback.inc({ policy: name }),
  });
  const { jobQueue } = producer;

  const { listener } = createApi({
    renderGraphiQL: env.mode === 'development' ? await loadGraphiQL() : undefined,
    ...assembleApi({
      store,
      jobQueue,
      limits,
      hasher,
      policy,
      identifiers,
      clock,
      times: { linkTtlMs: env.RESET_LINK_TTL, retentionMs: env.RETENTION, jitterMs: env.MAIL_JITTER },
    }),
    policy,
    clientAddress: createClientAddress(env.TRUSTED_PROXIES),
    clientOf: createClientOf({ storage: env.NETWORK_STORAGE, identifiers }),
    corsOrigins: env.CORS_ORIGINS,
    mode: env.mode,
    health,
    log,
    metrics,
  });

  // Servers
  const metricsServer = await startMetricsServer({
    registry,
    host: env.METRICS_HOST,
    port: env.METRICS_PORT,
    token: env.METRICS_TOKEN,
  });
  onStop('metrics', () => metricsServer.close());
  const server = await startHttpServer({ listener, host: env.HOST, port: env.PORT });
  onStop('server', () => server.close());
  onStop('readiness', () => health.stopping());

  log.info(
    {
      event: 'api.listening',
      url: server.url,
      metrics: metricsServer.url,
      mode: env.mode,
      commonPasswords: commonPasswordCount(),
    },
    'listening',
  );
};
