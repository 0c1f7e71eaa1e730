import { randomUUID } from 'node:crypto';
import { createSmtpMailer } from '@latchkey/mail';
import { compareSettings, createMongoStore, inspectHost, openMongo, readDatabaseTime } from '@latchkey/mongo';
import { createIdentifiers, createTokenKeys } from '@latchkey/password-reset';
import {
  createProducer,
  createQueueWorker,
  MAIL_DELIVERIES,
  type QueueName,
  type QueueWorker,
  RESET_REQUESTS,
} from '@latchkey/queue';
import {
  assertNoCluster,
  createLogger,
  createRegistry,
  EXIT,
  type MainContext,
  startDatabaseClock,
  startHealthServer,
  startMetricsServer,
  waitForEngine,
  watchClock,
} from '@latchkey/runtime';
import { hostCollections, sharedSettings } from '@latchkey/settings';
import { createWorkerApp } from './app.ts';
import { assertLeaseOutlivesSend, sessionsWarning } from './boot/checks.ts';
import { logHost } from './boot/log-host.ts';
import { warnAboutRelay } from './boot/warn-about-relay.ts';
import { parseWorkerEnv } from './env.ts';
import { createWorkerHealth } from './health.ts';
import { watchBacklog } from './metrics.ts';
import { stopJobs } from './stop-jobs.ts';

/** Part of SHUTDOWN_TIMEOUT that is kept for closing connections after the jobs have ended. */
const CLOSING_MS = 3_000;
/** No client waits for the worker. So it waits for a busy Redis longer than the API does, and fewer jobs need the reconciler. */
const PRODUCER_TIMEOUT_MS = 1_000;

/** Runs the worker: reads the environment, connects the parts, consumes jobs, and registers how to stop. */
export const wireWorker = async ({ onStop, configure, exit, signal }: MainContext): Promise<void> => {
  const env = parseWorkerEnv(process.env);
  const pretty = env.mode !== 'production' && process.stdout.isTTY;
  const log = createLogger({ name: 'worker', level: env.LOG_LEVEL, pretty });
  configure({ log, shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT });
  for (const warning of env.warnings) log.warn({ event: 'config.warning' }, warning);
  assertLeaseOutlivesSend();
  const noSessions = sessionsWarning(env.SESSIONS_COLLECTION);
  if (noSessions !== undefined) log.warn({ event: 'config.warning' }, noSessions);
  const host = hostCollections({ ...env, SESSIONS_COLLECTION: env.SESSIONS_COLLECTION ?? 'none' });

  const { REDIS_URL: redisUrl, QUEUE_PREFIX: prefix } = env;

  const mongo = await waitForEngine({
    engine: 'MongoDB',
    remedy: 'Start it, or correct MONGODB_URI.',
    attempt: () => openMongo({ uri: env.MONGODB_URI, appName: 'latchkey-worker', log }),
    log,
    signal,
  });
  onStop('mongo', mongo.close);
  const clock = await waitForEngine({
    engine: 'MongoDB',
    remedy: 'Start it, or correct MONGODB_URI.',
    attempt: () => startDatabaseClock({ readTime: () => readDatabaseTime(mongo.connection), log }),
    log,
    signal,
  });
  onStop('clock', clock.stop);
  await compareSettings({
    connection: mongo.connection,
    app: 'worker',
    settings: sharedSettings(env),
    clock,
    log,
  });
  const store = createMongoStore({ connection: mongo.connection, host });

  const producer = createProducer({ redisUrl, prefix, timeoutMs: PRODUCER_TIMEOUT_MS, clock, log });
  onStop('redis', producer.close);
  await waitForEngine({
    engine: 'Redis',
    remedy: 'Start it, or correct REDIS_URL.',
    attempt: () => producer.ping().then(() => assertNoCluster(producer)),
    log,
    signal,
  });

  const mailer = createSmtpMailer({
    endpoints: env.SMTP_URL,
    from: env.MAIL_FROM,
    publicWebUrl: env.PUBLIC_WEB_URL,
    connections: env.SMTP_CONNECTIONS,
  });
  onStop('mail', mailer.close);

  const registry = createRegistry();
  watchClock(registry, clock);
  watchBacklog(registry, { producer, backlog: store.backlog, clock });
  const app = createWorkerApp({
    store,
    jobQueue: producer.jobQueue,
    queueState: producer.queueState,
    mailer,
    keys: createTokenKeys(env.RESET_TOKEN_KEYS),
    identifiers: createIdentifiers({ key: env.IDENTIFIER_HMAC_KEY }),
    clock,
    log,
    registry,
    publicWebUrl: env.PUBLIC_WEB_URL,
    times: {
      linkTtlMs: env.RESET_LINK_TTL,
      requestDeadlineMs: env.REQUEST_DEADLINE,
      retentionMs: env.RETENTION,
      reconcileAfterMs: env.RECONCILE_AFTER,
    },
    owner: randomUUID(),
    stopping: signal,
  });

  // The worker opens its ports before it takes a job. If a port were taken, the job would wait until its lock expires.
  let workers: Readonly<Record<QueueName, QueueWorker>> | undefined;
  const health = createWorkerHealth({
    pingMongo: mongo.ping,
    producer,
    consumes: (queue) => workers?.[queue].consumes() ?? false,
    missingKeys: app.missingKeys,
  });
  const metricsServer = await startMetricsServer({
    registry,
    host: env.METRICS_HOST,
    port: env.METRICS_PORT,
    token: env.METRICS_TOKEN,
  });
  onStop('metrics', metricsServer.close);
  const healthServer = await startHealthServer({ health, host: env.HOST, port: env.PORT });
  onStop('health', healthServer.close);

  if (signal.aborted) return;
  const serve = (queue: QueueName) =>
    createQueueWorker({
      queue,
      redisUrl,
      prefix,
      concurrency: env.WORKER_CONCURRENCY,
      handle: app.handlers[queue],
      producer,
      enginesAnswer: () =>
        mongo.ping().then(
          () => true,
          () => false,
        ),
      onStuck: (stalledForMs) => {
        log.fatal({ event: 'queue.stuck', queue, stalledForMs }, 'jobs wait and this worker finishes none');
        exit(EXIT.stuck, `this worker finished no job of ${queue} although jobs wait`);
      },
      log,
      clock,
    });
  const consuming = { [RESET_REQUESTS]: serve(RESET_REQUESTS), [MAIL_DELIVERIES]: serve(MAIL_DELIVERIES) };
  workers = consuming;
  app.reconciler.start();
  onStop('jobs', () => {
    health.stopping();
    return stopJobs({
      reconciler: app.reconciler,
      workers: Object.values(consuming),
      timeoutMs: Math.max(env.SHUTDOWN_TIMEOUT / 2, env.SHUTDOWN_TIMEOUT - CLOSING_MS),
    });
  });

  log.info(
    {
      event: 'worker.started',
      health: healthServer.url,
      metrics: metricsServer.url,
      kids: env.RESET_TOKEN_KEYS.map(({ kid }) => kid),
    },
    'the worker is consuming',
  );
  // Only the API examines sessions, so the worker needs no right to read them.
  void logHost(() => inspectHost(mongo.connection, { ...host, sessions: null }), log);
  void warnAboutRelay(mailer, log);
};
