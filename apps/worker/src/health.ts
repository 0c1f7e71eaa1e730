import { type Producer, QUEUE_NAMES, type QueueName } from '@latchkey/queue';
import { createHealth, type Health } from '@latchkey/runtime';
import type { MissingKeys } from './missing-keys.ts';

export interface WorkerHealthDeps {
  readonly pingMongo: () => Promise<void>;
  readonly producer: Pick<Producer, 'ping'>;
  /** Whether this worker finishes jobs of the queue. False before it has begun to consume. */
  readonly consumes: (queue: QueueName) => boolean;
  readonly missingKeys: Pick<MissingKeys, 'kids'>;
}

/** Ready means that the worker can do its work now. Finished jobs prove that, open connections do not. */
export const createWorkerHealth = ({
  pingMongo,
  producer,
  consumes,
  missingKeys,
}: WorkerHealthDeps): Health =>
  createHealth({
    checks: [
      { name: 'mongo', required: true, check: () => pingMongo().then(() => true) },
      { name: 'redis', required: true, check: () => producer.ping().then(() => true) },
      ...QUEUE_NAMES.map((queue) => ({
        name: queue,
        required: true,
        check: () => consumes(queue),
      })),
      { name: 'token-keys', required: true, check: () => missingKeys.kids().length === 0 },
    ],
  });
