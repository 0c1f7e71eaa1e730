export { type DevEnvironment, devEnvironment } from './apps/dev-environment.ts';
export { type AppName, type RunningApp, startApp } from './apps/start-app.ts';
export { unlinkKeys } from './demo/leave-no-trace.ts';

export { createHostApp } from './host-app/app.ts';
export { DEMO_ACCOUNTS } from './host-app/seed.ts';

export type { Log } from './log.ts';
export { type MailInbox, startMailInbox } from './mail-inbox/start-mail-inbox.ts';
export { startMongo } from './mongo/start-mongo.ts';
export { withDatabase } from './mongo/with-database.ts';
export { freePort } from './process/free-port.ts';
export { type GuardedProcess, spawnGuarded } from './process/guarded-process.ts';
export { scriptArgs } from './process/node-script.ts';
export { createTeardown } from './process/teardown.ts';
export { type RunningRedis, startRedis } from './redis/start-redis.ts';
export type { ReceivedMail, SmtpEvent, SmtpVerdict } from './smtp/index.ts';
export { type Stack, startStack } from './stack/start-stack.ts';
