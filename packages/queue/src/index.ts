export * from './breaker.ts';
export { createRedisConnection } from './connection.ts';
export {
  MAIL_DELIVERIES,
  QUEUE_NAMES,
  type QueuedJob,
  type QueueName,
  RESET_REQUESTS,
} from './contracts.ts';
export * from './producer.ts';
export * from './worker.ts';
