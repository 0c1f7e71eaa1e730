/**
 * The worker as it would be if requests that end without a mail cost the way out nothing, for showing that the verdict would
 * notice: the built worker's own parts, and a bell that is silent where there is no delivery. Run by `world.ts`.
 */
import { randomUUID } from 'node:crypto';
import { createSmtpMailer } from '@latchkey/mail';
import { connectMongo, createMongoStore, readDatabaseTime } from '@latchkey/mongo';
import { createIdentifiers, createTokenKeys, type WakeUps } from '@latchkey/password-reset';
import { createProducer, createQueueWorker, QUEUE_NAMES } from '@latchkey/queue';
import {
  createHealth,
  createLogger,
  createMetrics,
  hostCollections,
  runMain,
  startDatabaseClock,
  startHealthServer,
} from '@latchkey/runtime';
import { createWorkerApp } from '@latchkey/worker/app';
import { parseWorkerEnv } from '@latchkey/worker/env';

runMain(async ({ onStop, signal }) => {
  const env = parseWorkerEnv(process.env);
  const log = createLogger({ name: 'worker', level: env.LOG_LEVEL, pretty: false });
  const host = hostCollections({ ...env, SESSIONS_COLLECTION: env.SESSIONS_COLLECTION ?? 'none' });
  const { REDIS_URL: redisUrl, QUEUE_PREFIX: prefix } = env;

  const mongo = await connectMongo({ uri: env.MONGODB_URI, appName: 'worker-without-ghosts', log });
  onStop('mongo', mongo.close);
  const clock = await startDatabaseClock({ readTime: () => readDatabaseTime(mongo.connection), log });
  onStop('clock', clock.stop);
  const store = createMongoStore({ connection: mongo.connection, host });
  const producer = createProducer({ redisUrl, prefix, timeoutMs: 1_000, clock, log });
  onStop('redis', producer.close);
  const mailer = createSmtpMailer({
    urls: env.SMTP_URL,
    from: env.MAIL_FROM,
    publicWebUrl: env.PUBLIC_WEB_URL,
    connections: env.SMTP_CONNECTIONS,
  });
  onStop('mail', mailer.close);

  const wakeUps: WakeUps = {
    ...producer.wakeUps,
    delivery: async (wake) => {
      if (await store.deliveries.find(wake.id)) await producer.wakeUps.delivery(wake);
    },
  };
  const app = createWorkerApp({
    store,
    wakeUps,
    queueState: producer.queueState,
    mailer,
    keys: createTokenKeys(env.RESET_TOKEN_KEYS),
    identifiers: createIdentifiers({ key: env.IDENTIFIER_HMAC_KEY }),
    clock,
    log,
    metrics: createMetrics(),
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

  for (const queue of QUEUE_NAMES) {
    const worker = createQueueWorker({
      queue,
      redisUrl,
      prefix,
      concurrency: env.WORKER_CONCURRENCY,
      handle: app.handlers[queue],
      producer,
      onStuck: () => process.exit(1),
      log,
      clock,
    });
    onStop(queue, async () => {
      await worker.close(5_000);
    });
  }
  app.reconciler.start();
  onStop('reconciler', app.reconciler.stop);

  const health = createHealth({ checks: [] });
  const server = await startHealthServer({ health, host: env.HOST, port: env.PORT });
  onStop('health', server.close);
});
