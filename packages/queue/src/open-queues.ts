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
    // Without these two options BullMQ runs commands at start-up, and the queue would stay unusable if Redis is away at that
    // moment.
    skipVersionCheck: true,
    skipMetasUpdate: true,
    defaultJobOptions: {
      // The row's `dueAt` is the only retry clock. While a finished or failed job stays in Redis, BullMQ ignores every new job
      // with its id.
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: true,
    },
  });
  // The connection logs its errors itself. Without a listener an `error` event would end the process.
  queue.on('error', () => {});
  return queue;
};
