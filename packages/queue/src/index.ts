export * from './breaker.ts';
export { createRedisConnection } from './connection.ts';
export {
  MAIL_DELIVERIES,
  QUEUE_NAMES,
  type QueueName,
  RESET_REQUESTS,
  type WakeJob,
} from './contracts.ts';
export * from './producer.ts';
export * from './worker.ts';
