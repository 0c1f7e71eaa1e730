import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { MAIL_DELIVERIES, type QueueName, RESET_REQUESTS } from './contracts.ts';

/** Both queues on one connection of role `producer`. */
export const openQueues = (connection: Redis, prefix: string): Readonly<Record<QueueName, Queue>> => ({
  [RESET_REQUESTS]: open(RESET_REQUESTS, connection, prefix),
  [MAIL_DELIVERIES]: open(MAIL_DELIVERIES, connection, prefix),
});

const open = (name: QueueName, connection: Redis, prefix: string): Queue => {
  const queue = new Queue(name, {
    connection,
    prefix,
    // Both would run commands at start-up and leave the queue unusable for good if Redis is away at that moment.
    skipVersionCheck: true,
    skipMetasUpdate: true,
    defaultJobOptions: {
      // The row's dueAt is the only retry clock. A job that stays in Redis, finished or failed, would silently swallow
      // every later job with its id.
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: true,
    },
  });
  // The connection logs for itself; without a listener an 'error' would end the process.
  queue.on('error', () => {});
  return queue;
};
