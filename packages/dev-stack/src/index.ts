export type { Log } from './log.ts';
export type { SmtpBehaviour, SmtpEvent, SmtpPhase, SmtpVerdict } from './mail-inbox/behaviour.ts';
export type { ReceivedMail } from './mail-inbox/received-mail.ts';
export { type MailInbox, type MailInboxOptions, startMailInbox } from './mail-inbox/start-mail-inbox.ts';
export { type RunningMongo, startMongo } from './mongo/start-mongo.ts';
export { freePort } from './process/free-port.ts';
export { type Exit, type GuardedProcess, spawnGuarded } from './process/guarded-process.ts';
export { type RedisOptions, type RunningRedis, startRedis } from './redis/start-redis.ts';
